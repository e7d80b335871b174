// GitHub's own reading of workflow files and actions: what its editor would underline.
//
//     node BUNDLE FILE…
//
// Bundled by .ci/run, since the package can't be loaded as it is. Expressions are checked as well; what is only a hint
// is shown and is no failure.
import { readFileSync } from "node:fs";
import { validate } from "@actions/languageservice";
import { TextDocument } from "vscode-languageserver-textdocument";

const WARNING = 2;

async function main(files) {
  let found = 0;
  for (const file of files) {
    const document = TextDocument.create(`file:///${file}`, "yaml", 1, readFileSync(file, "utf8"));
    for (const { message, range, severity } of await validate(document, {})) {
      console.log(`${file}:${range.start.line + 1}:${range.start.character + 1}: ${message}`);
      found += severity === undefined || severity <= WARNING ? 1 : 0;
    }
  }
  console.log(`${files.length} files read`);
  process.exitCode = found > 0 ? 1 : 0;
}

main(process.argv.slice(2));
