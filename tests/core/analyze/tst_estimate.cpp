// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analyze/numerics/estimate.h"
#include "core/base/random.h"

#include <QtTest>

#include <numeric>

using namespace bitloom;

namespace {

constexpr int64_t kWindows = 40;
constexpr int64_t kLength = 50;

/// Windows of values that hang on to the one before: x_t = 0.9 x_{t−1} + noise (AR 1).
std::vector<double> correlated(uint64_t seed)
{
    constexpr double kMemory = 0.9;
    std::vector<double> values;
    for (int64_t window = 0; window < kWindows; ++window) {
        double x = randomNormal(seed, values.size() + 100'000) / std::sqrt(1 - kMemory * kMemory);
        for (int64_t t = 0; t < kLength; ++t) {
            values.push_back(x);
            x = kMemory * x + randomNormal(seed, values.size());
        }
    }
    return values;
}

/// Standard deviation of `values`.
double spread(const std::vector<double>& values)
{
    return meanOf(values).standardError * std::sqrt(static_cast<double>(values.size()));
}

} // namespace

class TestEstimate : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void meanAndErrorByHand()
    {
        const std::vector<double> values{1, 2, 3, 6};
        QCOMPARE(meanOf(values).value, 3.0);
        QCOMPARE(meanOf(values).standardError, std::sqrt(14.0 / 3 / 4));
        QCOMPARE(meanOf({}).standardError, 0.0);
        QCOMPARE(meanOf(std::vector<double>{5}).standardError, 0.0);
        // Sums of the deviations: −3 and 3.
        const Estimate halves = blockMean(values, std::vector<int64_t>{2, 2});
        QCOMPARE(halves.value, 3.0);
        QCOMPARE(halves.standardError, std::sqrt(2.0 * (9 + 9)) / 4);
    }

    /// The naive error of correlated values is far too small; the one over blocks is that which a
    /// repetition of everything shows.
    void blocksSeeThatNeighboursHangTogether()
    {
        constexpr uint64_t kRepetitions = 600;
        const std::vector<int64_t> windows(kWindows, kLength);
        std::vector<double> means;
        std::vector<double> naive;
        std::vector<double> blocks;
        for (uint64_t seed = 0; seed < kRepetitions; ++seed) {
            const std::vector<double> values = correlated(seed + 1);
            means.push_back(meanOf(values).value);
            naive.push_back(meanOf(values).standardError);
            blocks.push_back(blockMean(values, textBlocks(windows)).standardError);
        }
        const double exact = spread(means);
        const double said = meanOf(blocks).value / exact;
        QVERIFY2(meanOf(naive).value < 0.4 * exact,
                 qPrintable(QString::number(meanOf(naive).value / exact)));
        QVERIFY2(std::abs(said - 1) < 0.1, qPrintable(QString::number(said)));
    }

    void blocksAreWindowsOrTheirParts()
    {
        const std::vector<int64_t> many(20, 7);
        QCOMPARE(textBlocks(many), many);
        const std::vector<int64_t> few{100, 3, 61};
        const std::vector<int64_t> blocks = textBlocks(few);
        QCOMPARE(std::accumulate(blocks.begin(), blocks.end(), int64_t{0}), 164);
        QCOMPARE(blocks.size(), size_t{6 + 3 + 6});
        QVERIFY(std::ranges::all_of(blocks, [](int64_t length) { return length > 0; }));
        QCOMPARE(textBlocks(std::vector<int64_t>{160}), std::vector<int64_t>(16, 10));
        QVERIFY(textBlocks({}).empty());
    }

    void quantilesLieBetweenTheNearestRanks()
    {
        const std::vector<double> sorted{0, 1, 2, 10};
        QCOMPARE(quantile(sorted, 0), 0.0);
        QCOMPARE(quantile(sorted, 0.5), 1.5);
        QCOMPARE(quantile(sorted, 0.9), 2 + 0.7 * 8);
        QCOMPARE(quantile(sorted, 1), 10.0);
    }
};

QTEST_APPLESS_MAIN(TestEstimate)
#include "tst_estimate.moc"
