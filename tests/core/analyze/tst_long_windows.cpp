// SPDX-License-Identifier: GPL-3.0-or-later
// Long windows are evaluated in stretches, so that what they take can be told, and they can be
// stopped.
#include "core/analyze/evaluation/text_evaluation.h"

#include "fakes.h"

#include <QtTest>

using namespace bitloom;

namespace {

constexpr int64_t kVocabulary = 7;

float logit(int32_t token, int64_t entry)
{
    return static_cast<float>((token * 5 + entry * 3) % 11) / 4;
}

Window windowOf(size_t length)
{
    Window window;
    for (size_t i = 0; i < length; ++i)
        window.tokens.push_back(static_cast<int32_t>(i % kVocabulary));
    return window;
}

class Counter : public Progress {
public:
    void report(double fraction, std::string_view) override { fractions.push_back(fraction); }
    std::vector<double> fractions;
};

} // namespace

class TestLongWindows : public QObject {
    Q_OBJECT

private Q_SLOTS:
    /// One long window says as much as the same tokens at once, and reports on the way.
    void stretchesChangeNothing()
    {
        FakeEngine engine(kVocabulary, logit);
        FakeEngine other(kVocabulary, [](int32_t token, int64_t entry) {
            return logit(token, entry) + (entry == 2 ? 0.5F : 0.0F);
        });
        Counter progress;
        const TextEvaluation evaluation = evaluate(engine, &other, {windowOf(5000)}, progress);
        QCOMPARE(evaluation.tokens, int64_t{4999});
        double loss = 0;
        for (size_t i = 0; i + 1 < 5000; ++i) {
            double sum = 0;
            for (int64_t entry = 0; entry < kVocabulary; ++entry)
                sum += std::exp(logit(static_cast<int32_t>(i % kVocabulary), entry));
            loss += std::log(sum) - logit(static_cast<int32_t>(i % kVocabulary),
                                          static_cast<int64_t>((i + 1) % kVocabulary));
        }
        QVERIFY(std::abs(evaluation.perplexity / std::exp(loss / 4999) - 1) < 1e-4);
        QVERIFY(progress.fractions.size() > 8);
        QVERIFY(std::is_sorted(progress.fractions.begin(), progress.fractions.end()));
    }

    void stopsWithinAWindow()
    {
        FakeEngine engine(kVocabulary, logit);
        StopAfter progress(2);
        const TextEvaluation evaluation = evaluate(engine, nullptr, {windowOf(5000)}, progress);
        QCOMPARE(evaluation.tokens, int64_t{0});
        QVERIFY(!evaluation.complete);
    }
};

QTEST_APPLESS_MAIN(TestLongWindows)
#include "tst_long_windows.moc"
