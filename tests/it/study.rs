//! The study of docs/honesty.md, in small: the campaigns themselves, not what they show.

#[path = "../../examples/study/campaign.rs"]
mod campaign;

use campaign::campaign;

#[test]
fn a_campaign_is_the_same_each_time_and_counts_what_it_tried() {
    for planted in [false, true] {
        let one = campaign(planted, 4, 25, &[]).unwrap();
        assert_eq!(one, campaign(planted, 4, 25, &[]).unwrap());
        // The baseline is a trial; duplicates, if any, are none.
        assert!(one.trials > 20, "{one:?}");
    }
}

#[test]
fn a_planted_edge_is_what_it_is_said_to_be_and_noise_has_none() {
    let mut sum = 0.0;
    for seed in 0..8 {
        let planted = campaign(true, seed, 0, &[]).unwrap().planted_sharpe.unwrap();
        // 60 years: the standard error of an annual Sharpe ratio is 0.13.
        assert!((planted - 1.5).abs() < 0.4, "seed {seed}: {planted}");
        sum += planted;
    }
    assert!((sum / 8.0 - 1.5).abs() < 0.15, "{sum}");
    for seed in 0..4 {
        let noise = campaign(false, seed, 0, &[]).unwrap();
        assert!(
            noise.planted_sharpe.is_none() && noise.true_sharpe.unwrap().abs() < 0.4,
            "{noise:?}"
        );
    }
}
