// SPDX-License-Identifier: GPL-3.0-or-later
// Blocks of weights so small that half-precision scales and minima underflow.
#include "core/storage/activation_scheme.h"
#include "core/storage/range_search.h"
#include "tests/core/random_weights.h"
#include "tests/core/storage/rounding.h"

#include <QTest>

#include <limits>

using namespace bitloom;

namespace {

/// Weights of about a magnitude: of both signs, of one, close together, or few that are not zero.
Matrix someWeights(int kind, double magnitude, uint64_t seed)
{
    Matrix weights(2, 256);
    for (size_t i = 0; i < weights.values.size(); ++i) {
        const double draw = gaussian(seed, i);
        const double value = kind == 0   ? draw
                             : kind == 1 ? std::abs(draw)
                             : kind == 2 ? -std::abs(draw)
                             : kind == 3 ? 1 + 0.01 * draw
                             : kind == 4 ? (i % 16 == 3 ? draw : 0)
                                         : draw * std::pow(10, static_cast<int>(i % 256 / 32) - 4);
        weights.values[i] = static_cast<float>(magnitude * value);
    }
    return weights;
}
constexpr int kKinds = 6;

double errorOf(const GridScheme& scheme, const Matrix& weights, RangeSearch search)
{
    return squaredDistance(weights, roundOnGrid(scheme, weights, search).decode());
}

} // namespace

class TestSmallWeights : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void searchIsNeverWorseThanNearestNorThanZeros_data();
    void searchIsNeverWorseThanNearestNorThanZeros();
    void blocksWithAMinimumStillTellWeightsApart();
    void smallActivationsStayNumbers();
    void activationsThatAreNoNumbersStayThat();
};

void TestSmallWeights::searchIsNeverWorseThanNearestNorThanZeros_data()
{
    QTest::addColumn<const void*>("scheme");
    for (const GridScheme* scheme : gridSchemes())
        QTest::newRow(std::string(scheme->id()).c_str()) << static_cast<const void*>(scheme);
}

void TestSmallWeights::searchIsNeverWorseThanNearestNorThanZeros()
{
    QFETCH(const void*, scheme);
    const GridScheme& one = *static_cast<const GridScheme*>(scheme);
    const Matrix zeros(2, 256);
    for (int power = -9; power <= -3; ++power)
        for (int kind = 0; kind < kKinds; ++kind) {
            const Matrix weights =
                someWeights(kind, 3 * std::pow(10, power), static_cast<uint64_t>(power + 20));
            const double searched = errorOf(one, weights, RangeSearch::SquaredError);
            const double nearest = errorOf(one, weights, RangeSearch::Extremes);
            const double nothing = squaredDistance(weights, zeros);
            const auto shown = QString("1e%1, kind %2: %3, nearest %4, zeros %5")
                                   .arg(power)
                                   .arg(kind)
                                   .arg(searched)
                                   .arg(nearest)
                                   .arg(nothing);
            QVERIFY2(searched <= nearest * (1 + 1e-5), qPrintable(shown));
            QVERIFY2(searched <= nothing * (1 + 1e-5), qPrintable(shown));
        }
}

void TestSmallWeights::blocksWithAMinimumStillTellWeightsApart()
{
    for (const char* id : {"q4_1", "q5_1"})
        for (const RangeSearch search : {RangeSearch::Extremes, RangeSearch::SquaredError}) {
            const Matrix weights = someWeights(0, 2e-7, 5);
            const double error = errorOf(gridNamed(id), weights, search);
            QVERIFY2(error < 0.05 * squaredDistance(weights, Matrix(2, 256)), id);
        }
}

void TestSmallWeights::smallActivationsStayNumbers()
{
    for (const ActivationScheme& scheme : activationSchemes())
        for (const float magnitude : {1e-30F, 1e-36F, 1e-40F, 1e-45F}) {
            std::vector<float> row(64, 0.0F);
            row[3] = magnitude;
            row[40] = -magnitude;
            scheme.fakeQuantize(row);
            for (const float value : row)
                QVERIFY2(std::abs(value) <= 1.2F * magnitude, scheme.id.data());
        }
}

void TestSmallWeights::activationsThatAreNoNumbersStayThat()
{
    for (const ActivationScheme& scheme : activationSchemes())
        for (const float bad :
             {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
            std::vector<float> row(64, 1.0F);
            row[3] = bad;
            scheme.fakeQuantize(row);
            QVERIFY2(!std::isfinite(row[3]), scheme.id.data());
        }
}

QTEST_APPLESS_MAIN(TestSmallWeights)
#include "tst_small_weights.moc"
