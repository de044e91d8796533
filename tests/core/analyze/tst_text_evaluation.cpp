// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analyze/evaluation/text_evaluation.h"
#include "core/base/error.h"
#include "core/base/random.h"
#include "tests/core/analyze/fakes.h"

#include <QtTest>

#include <numeric>

using namespace bitloom;

namespace {

constexpr int64_t kVocabulary = 37;

float noise(int32_t token, int64_t entry, uint64_t seed)
{
    return static_cast<float>(
        8 * randomUniform(seed, static_cast<uint64_t>(token * kVocabulary + entry)));
}

FakeEngine noisy(uint64_t seed)
{
    return {kVocabulary,
            [seed](int32_t token, int64_t entry) { return noise(token, entry, seed); }};
}

std::vector<Window> someWindows()
{
    std::vector<Window> windows;
    for (uint64_t w = 0; w < 6; ++w) {
        Window window;
        window.firstScored = w == 5 ? 10 : 1;
        for (uint64_t t = 0; t < 20; ++t)
            window.tokens.push_back(
                static_cast<int32_t>(randomBits(9, w * 20 + t) % uint64_t{kVocabulary}));
        windows.push_back(window);
    }
    return windows;
}

} // namespace

class TestTextEvaluation : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void uniformLogitsHaveThePerplexityOfTheVocabulary()
    {
        FakeEngine flat(kVocabulary, [](int32_t, int64_t) { return 3.5F; });
        Progress progress;
        const TextEvaluation evaluation = evaluate(flat, nullptr, someWindows(), progress);
        QCOMPARE(evaluation.tokens, 5 * 19 + 10);
        QVERIFY(std::abs(evaluation.perplexity - kVocabulary) < 1e-9);
        QVERIFY(evaluation.standardError < 1e-9);
        QVERIFY(!evaluation.compared);
        QVERIFY(evaluation.complete);
    }

    /// An engine that always holds the next higher token for the most likely one.
    void accuracyCountsWhatWasMostLikely()
    {
        FakeEngine next(kVocabulary, [](int32_t token, int64_t entry) {
            return entry == token + 1 ? 2.0F : entry == token + 2 ? 1.9F : 0.0F;
        });
        const std::vector<Window> windows{{{3, 4, 5, 7, 8, 8}, 1}, {{1, 2, 3, 4, 9}, 3}};
        Progress progress;
        const TextEvaluation evaluation = evaluate(next, nullptr, windows, progress);
        QCOMPARE(evaluation.tokens, 7);
        QCOMPARE(evaluation.accuracy, 4.0 / 7);
    }

    void anEngineAgreesWithItself()
    {
        FakeEngine a = noisy(1);
        FakeEngine b = noisy(1);
        Progress progress;
        const TextEvaluation evaluation = evaluate(a, &b, someWindows(), progress);
        QVERIFY(evaluation.compared);
        QCOMPARE(evaluation.kl.value, 0.0);
        QCOMPARE(evaluation.reverseKl.value, 0.0);
        QCOMPARE(evaluation.klQuantiles.back(), 0.0);
        QCOMPARE(evaluation.topAgreement.value, 1.0);
        QCOMPARE(evaluation.topFiveAgreement.value, 1.0);
        QCOMPARE(evaluation.logPerplexityRatio.standardError, 0.0);
        QCOMPARE(evaluation.perplexity, evaluation.originalPerplexity);
    }

    /// Shifting all logits of a row changes no probability.
    void aShiftOfTheLogitsIsNoDifference()
    {
        FakeEngine a = noisy(1);
        FakeEngine b(kVocabulary,
                     [](int32_t token, int64_t entry) { return noise(token, entry, 1) + 64.0F; });
        Progress progress;
        QVERIFY(evaluate(b, &a, someWindows(), progress).kl.value < 1e-9);
    }

    /// Two outcomes: p = 1/2 against q = 1/4, 3/4 gives ln(2/√3).
    void klOfTwoOutcomesByHand()
    {
        const auto odds = [](float ratio) {
            return [ratio](int32_t, int64_t entry) { return entry == 1 ? std::log(ratio) : 0.0F; };
        };
        FakeEngine original(2, odds(1));
        FakeEngine quantized(2, odds(3));
        const std::vector<Window> windows{{{0, 0, 1, 0, 1}, 1}};
        Progress progress;
        const TextEvaluation evaluation = evaluate(quantized, &original, windows, progress);
        QVERIFY(std::abs(evaluation.kl.value - std::log(2 / std::sqrt(3.0))) < 1e-7);
        for (const double quantile : evaluation.klQuantiles)
            QVERIFY(std::abs(quantile - evaluation.kl.value) < 1e-12);
        // The other way: (1 ln 1/2 + 3 ln 3/2) / 4.
        QVERIFY(std::abs(evaluation.reverseKl.value - (3 * std::log(3.0) / 4 - std::log(2.0))) <
                1e-7);
        // Half of the tokens had 1/4, half 3/4: e^{-(ln 1/4 + ln 3/4)/2}.
        QVERIFY(std::abs(evaluation.perplexity - 4 / std::sqrt(3.0)) < 1e-6);
        QVERIFY(std::abs(evaluation.originalPerplexity - 2) < 1e-12);
        // nll differs by ln 3: sample sd over √4 tokens.
        const double error = std::log(3.0) / std::sqrt(3.0) / 2 * evaluation.perplexity;
        QVERIFY(std::abs(evaluation.standardError - error) < 1e-6);
        // The original's nll is the same everywhere, so the differences spread as the nll does.
        const Estimate& ratio = evaluation.logPerplexityRatio;
        QVERIFY(std::abs(ratio.value - std::log(2 / std::sqrt(3.0))) < 1e-6);
        QVERIFY(std::abs(ratio.standardError - error / evaluation.perplexity) < 1e-6);
    }

    void differentEnginesDisagree()
    {
        FakeEngine a = noisy(1);
        FakeEngine b = noisy(2);
        Progress progress;
        const TextEvaluation evaluation = evaluate(a, &b, someWindows(), progress);
        QVERIFY(evaluation.kl.value > 0.5);
        QVERIFY(std::ranges::is_sorted(evaluation.klQuantiles));
        QVERIFY(evaluation.klQuantiles.front() < evaluation.klQuantiles.back());
        QVERIFY(evaluation.topAgreement.value < 0.5);
        QVERIFY(evaluation.topFiveAgreement.value > evaluation.topAgreement.value);
        QVERIFY(evaluation.kl.standardError > 0);
    }

    /// Two engines that are wrong alike but for a little everywhere: the difference is sure, where
    /// each divergence by itself is not.
    void differencesArePaired()
    {
        FakeEngine original = noisy(1);
        const auto wrong = [](float more) {
            return FakeEngine(kVocabulary, [more](int32_t token, int64_t entry) {
                return (1 + more) * noise(token, entry, 2) * noise(token, 0, 3) / 8;
            });
        };
        FakeEngine little = wrong(0);
        FakeEngine much = wrong(0.02F);
        Progress progress;
        const TextEvaluation a = evaluate(much, &original, someWindows(), progress);
        const TextEvaluation b = evaluate(little, &original, someWindows(), progress);
        const Estimate difference = pairedDifference(a.klBlocks, b.klBlocks);
        QVERIFY(std::abs(difference.value - (a.kl.value - b.kl.value)) < 1e-12);
        QVERIFY(difference.standardError > 0);
        QVERIFY(difference.standardError < a.kl.standardError / 5);
        QCOMPARE(pairedDifference(a.klBlocks, a.klBlocks).standardError, 0.0);
        const TextEvaluation shorter = evaluate(much, &original, {someWindows().front()}, progress);
        QVERIFY_THROWS_EXCEPTION(Error, pairedDifference(a.klBlocks, shorter.klBlocks));
    }

    void theTopFiveEndAtTheFifth()
    {
        FakeEngine original(kVocabulary,
                            [](int32_t, int64_t entry) { return entry == 9 ? 1.0F : 0.0F; });
        const auto ninthBehind = [](int64_t better) {
            return FakeEngine(kVocabulary, [better](int32_t, int64_t entry) {
                return entry == 9 ? 1.0F : entry < better ? 2.0F : 0.0F;
            });
        };
        Progress progress;
        FakeEngine fifth = ninthBehind(4);
        FakeEngine sixth = ninthBehind(5);
        QCOMPARE(evaluate(fifth, &original, someWindows(), progress).topFiveAgreement.value, 1.0);
        QCOMPARE(evaluate(sixth, &original, someWindows(), progress).topFiveAgreement.value, 0.0);
        QCOMPARE(evaluate(fifth, &original, someWindows(), progress).topAgreement.value, 0.0);
    }

    /// Tokens are their own position here, so that the divergence is a function of it.
    void klAlongTheWindowsIsTheMeanOfEveryStretch()
    {
        constexpr int64_t kLength = 36;
        FakeEngine original(kVocabulary, [](int32_t, int64_t) { return 0.0F; });
        FakeEngine evaluated(kVocabulary, [](int32_t token, int64_t entry) {
            return entry == 0 ? static_cast<float>(token) / 8 : 0.0F;
        });
        std::vector<int32_t> tokens(kLength);
        std::iota(tokens.begin(), tokens.end(), 0);
        Progress progress;
        const auto klAfter = [&](int64_t seen) {
            const std::vector<int32_t> until(tokens.begin(), tokens.begin() + seen + 1);
            return evaluate(evaluated, &original, {{until, seen}}, progress).kl.value;
        };
        const std::vector<Window> windows{{tokens, 1}, {{0, 1, 2, 3}, 2}};
        const TextEvaluation both = evaluate(evaluated, &original, windows, progress);
        QCOMPARE(static_cast<int64_t>(both.klAlong.size()), kMostStretches);
        int64_t next = 1;
        for (const KlStretch& stretch : both.klAlong) {
            QCOMPARE(stretch.first, next);
            next = stretch.last + 1;
            double sum = 0;
            int64_t predictions = 0;
            for (int64_t seen = stretch.first; seen <= stretch.last; ++seen) {
                const int64_t windowsThere = seen == 2 || seen == 3 ? 2 : 1;
                sum += static_cast<double>(windowsThere) * klAfter(seen);
                predictions += windowsThere;
            }
            QCOMPARE(stretch.predictions, predictions);
            QVERIFY(std::abs(stretch.kl - sum / static_cast<double>(predictions)) < 1e-12);
        }
        QCOMPARE(next, kLength);
    }

    /// What is kept answers for the original: the same figures but the divergences, which are lower
    /// bounds that rise with what is kept, up to the whole.
    void cachedRowsGiveLowerBounds()
    {
        FakeEngine original = noisy(1);
        FakeEngine evaluated(kVocabulary, [](int32_t token, int64_t entry) {
            return noise(token, entry, 1) + noise(token, entry, 2) / 8;
        });
        Progress progress;
        const std::vector<Window> windows = someWindows();
        const TextEvaluation whole = evaluate(evaluated, &original, windows, progress);
        double kl = 0;
        double reverse = 0;
        for (const int64_t tokens : {1, 4, 16, 36}) {
            CachedReference kept(tokens);
            evaluate(evaluated, &original, windows, progress, &kept);
            const TextEvaluation again = evaluate(evaluated, nullptr, windows, progress, &kept);
            QVERIFY(again.compared);
            QVERIFY(kl < again.kl.value && again.kl.value < whole.kl.value + 1e-12);
            QVERIFY(reverse < again.reverseKl.value &&
                    again.reverseKl.value < whole.reverseKl.value + 1e-12);
            kl = again.kl.value;
            reverse = again.reverseKl.value;
            QCOMPARE(again.cachedTokens, tokens);
            QVERIFY(again.restMass > 0 && again.restMass < 1);
            QVERIFY(std::abs(again.originalPerplexity - whole.originalPerplexity) < 1e-6);
            QCOMPARE(again.topAgreement.value, whole.topAgreement.value);
            QCOMPARE(again.topFiveAgreement.value, whole.topFiveAgreement.value);
        }
        CachedReference all(2 * kVocabulary);
        const TextEvaluation same = evaluate(evaluated, &original, windows, progress, &all);
        QCOMPARE(same.cachedTokens, 0);
        QVERIFY(std::abs(same.kl.value - whole.kl.value) < 1e-9);
        QVERIFY(std::abs(same.reverseKl.value - whole.reverseKl.value) < 1e-9);
    }

    /// p = 1/2, 1/4, 1/4 against q = 1/4, 1/2, 1/4, of which one is kept: 1/2 ln 2 + 1/2 ln(2/3).
    void oneCachedTokenByHand()
    {
        const auto most = [](int64_t token) {
            return FakeEngine(3, [token](int32_t, int64_t entry) {
                return entry == token ? std::log(2.0F) : 0.0F;
            });
        };
        FakeEngine original = most(0);
        FakeEngine evaluated = most(1);
        const std::vector<Window> windows{{{0, 0, 1, 2}, 1}};
        Progress progress;
        CachedReference kept(1);
        const TextEvaluation evaluation = evaluate(evaluated, &original, windows, progress, &kept);
        QVERIFY(std::abs(evaluation.kl.value - std::log(4.0 / 3) / 2) < 1e-7);
        QVERIFY(std::abs(evaluation.reverseKl.value -
                         (0.75 * std::log(1.5) - 0.25 * std::log(2.0))) < 1e-7);
        QVERIFY(std::abs(evaluation.restMass - 0.5) < 1e-7);
        QCOMPARE(evaluation.topAgreement.value, 0.0);
        QCOMPARE(evaluation.topFiveAgreement.value, 1.0);
        QVERIFY(std::abs(evaluation.originalPerplexity - std::pow(2 * 4 * 4, 1.0 / 3)) < 1e-6);
    }

    /// An evaluation that was stopped leaves the windows it saw; the next one runs only the others.
    void cachedWindowsAreNotRunAgain()
    {
        int runs = 0;
        FakeEngine original(kVocabulary, [&runs](int32_t token, int64_t entry) {
            runs += entry == 0 ? 1 : 0;
            return noise(token, entry, 1);
        });
        FakeEngine evaluated = noisy(2);
        CachedReference kept(8);
        StopAfter two(2);
        evaluate(evaluated, &original, someWindows(), two, &kept);
        QCOMPARE(kept.windows(), size_t{2});
        QCOMPARE(runs, 2 * 19);
        Progress progress;
        const TextEvaluation rest = evaluate(evaluated, &original, someWindows(), progress, &kept);
        QCOMPARE(runs, 6 * 19);
        CachedReference fresh(8);
        QCOMPARE(evaluate(evaluated, &original, someWindows(), progress, &fresh).kl.value,
                 rest.kl.value);
    }

    void stoppingKeepsWholeWindows()
    {
        FakeEngine flat(kVocabulary, [](int32_t, int64_t) { return 0.0F; });
        StopAfter progress(2);
        const TextEvaluation evaluation = evaluate(flat, nullptr, someWindows(), progress);
        QVERIFY(!evaluation.complete);
        QCOMPARE(evaluation.tokens, 2 * 19);
        QVERIFY(std::abs(evaluation.perplexity - kVocabulary) < 1e-9);
    }
};

QTEST_APPLESS_MAIN(TestTextEvaluation)
#include "tst_text_evaluation.moc"
