// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/storage/half.h"
#include "core/storage/range_search.h"
#include "tests/core/random_weights.h"
#include "tests/core/storage/rounding.h"

#include <QTest>

using namespace bitloom;

namespace {

double relativeError(const GridScheme& scheme, const Matrix& weights, RangeSearch search)
{
    const Matrix zeros(weights.rows, weights.columns);
    return squaredDistance(weights, roundOnGrid(scheme, weights, search).decode()) /
           squaredDistance(weights, zeros);
}

} // namespace

class TestRangeSearch : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void tiesGoToEven();
    void codesStayInTheirRange();
    void squaredErrorIsWhatRoundingGives();
    void searchIsNeverWorseThanItsStart();
    void blocksAreAsGoodAsTheReference_data();
    void blocksAreAsGoodAsTheReference();
    void searchPaysOnGaussianGroups();
};

void TestRangeSearch::tiesGoToEven()
{
    const GridScheme& scheme = gridNamed("int8-row-sym");
    Grid grid = scheme.makeGrid(1, 8);
    grid.scale[0] = floatToHalf(2);
    const GroupParameters group = groupParameters(grid, 0, 0);
    const std::vector<float> values = {1, 3, 5, -1, -3, -5, 2.9999F, 3.0001F};
    const std::vector<int> expected = {0, 2, 2, 0, -2, -2, 1, 2};
    for (size_t i = 0; i < values.size(); ++i)
        QCOMPARE(nearestCode(group, grid, values[i]) - grid.offset, expected[i]);
}

void TestRangeSearch::codesStayInTheirRange()
{
    Grid grid = gridNamed("int2-row-sym").makeGrid(1, 4);
    grid.scale[0] = floatToHalf(1);
    const GroupParameters group = groupParameters(grid, 0, 0);
    QCOMPARE(int{nearestCode(group, grid, -1e30F)}, 1);
    QCOMPARE(int{nearestCode(group, grid, 1e30F)}, 3);
    grid.scale[0] = 0;
    QCOMPARE(int{nearestCode(groupParameters(grid, 0, 0), grid, 5)}, 2);
}

void TestRangeSearch::squaredErrorIsWhatRoundingGives()
{
    const Matrix weights = heavyMatrix(1, 1333, 21);
    Grid grid = gridNamed("int4-row-asym").makeGrid(1, 1333);
    grid.scale[0] = floatToHalf(0.004F);
    grid.zero[0] = 6;
    const GroupParameters group = groupParameters(grid, 0, 0);
    double expected = 0;
    for (const float value : weights.values) {
        const double difference = decodedCode(group, grid, nearestCode(group, grid, value)) - value;
        expected += difference * difference;
    }
    const double measured = squaredError(weights.values, {group.scale, 0}, {-6, 9});
    QVERIFY(std::abs(measured - expected) < 1e-5 * expected);
}

void TestRangeSearch::searchIsNeverWorseThanItsStart()
{
    for (uint64_t seed = 0; seed < 200; ++seed) {
        const auto size = static_cast<int64_t>(1 + randomBits(seed, 5) % 70);
        const Matrix weights =
            seed % 2 == 0 ? gaussianMatrix(1, size, seed) : heavyMatrix(1, size, seed);
        for (const GridScheme* scheme : gridSchemes()) {
            if (!scheme->accepts(size))
                continue;
            const double nearest = relativeError(*scheme, weights, RangeSearch::Extremes);
            const double searched = relativeError(*scheme, weights, RangeSearch::SquaredError);
            QVERIFY2(searched <= nearest * (1 + 1e-5) + 1e-12,
                     qPrintable(QString("%1 %2 > %3")
                                    .arg(QString::fromStdString(std::string(scheme->id())))
                                    .arg(searched)
                                    .arg(nearest)));
        }
    }
}

void TestRangeSearch::blocksAreAsGoodAsTheReference_data()
{
    QTest::addColumn<double>("reference");
    // Σ(error²)/Σ(weight²) of llama.cpp's quantizers (b10573, no importance) on a million
    // independent Gaussian weights in rows of 1024.
    QTest::newRow("q8_0") << 2.867e-5;
    QTest::newRow("q6_k") << 3.160e-4;
    QTest::newRow("q5_k") << 1.306e-3;
    QTest::newRow("q5_1") << 1.433e-3;
    QTest::newRow("q5_0") << 1.823e-3;
    QTest::newRow("q4_k") << 5.094e-3;
    QTest::newRow("q4_1") << 6.125e-3;
    QTest::newRow("q4_0") << 7.396e-3;
    QTest::newRow("q3_k") << 2.280e-2;
    QTest::newRow("q2_k") << 8.803e-2;
}

void TestRangeSearch::blocksAreAsGoodAsTheReference()
{
    QFETCH(double, reference);
    const Matrix weights = gaussianMatrix(96, 1024, 41);
    const double error =
        relativeError(gridNamed(QTest::currentDataTag()), weights, RangeSearch::SquaredError);
    QVERIFY2(error < reference, qPrintable(QString::number(error)));
    QVERIFY2(error > 0.7 * reference, qPrintable(QString::number(error)));
}

void TestRangeSearch::searchPaysOnGaussianGroups()
{
    const Matrix weights = gaussianMatrix(64, 512, 42);
    const auto gain = [&](const char* id) {
        return relativeError(gridNamed(id), weights, RangeSearch::SquaredError) /
               relativeError(gridNamed(id), weights, RangeSearch::Extremes);
    };
    QVERIFY(gain("int4-g32-sym") < 0.85);
    QVERIFY(gain("int3-g64-sym") < 0.65);
    QVERIFY(gain("int4-g32-asym") < 0.96);
    QVERIFY(gain("int2-row-sym") < 0.45);
    // The ternary grid over Gaussian weights cannot do better than 0.190 (Max 1960, 3 levels).
    const double ternary = relativeError(gridNamed("int2-row-sym"), gaussianMatrix(16, 4096, 43),
                                         RangeSearch::SquaredError);
    QVERIFY2(ternary > 0.187 && ternary < 0.193, qPrintable(QString::number(ternary)));
}

QTEST_APPLESS_MAIN(TestRangeSearch)
#include "tst_range_search.moc"
