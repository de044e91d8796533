// SPDX-License-Identifier: GPL-3.0-or-later
// Grids whose codes stand for the levels of a codebook.
#include "core/storage/half.h"
#include "core/storage/level_rounder.h"
#include "core/storage/range_search.h"
#include "core/storage/schemes/codebook_scheme.h"
#include "tests/core/random_weights.h"
#include "tests/core/storage/rounding.h"
#include "tests/refusal.h"

#include <QTest>

using namespace bitloom;

namespace {

std::vector<const GridScheme*> codebookSchemes()
{
    std::vector<const GridScheme*> found = gridSchemes();
    std::erase_if(found,
                  [](const GridScheme* scheme) { return scheme->makeGrid(1, 512).levels.empty(); });
    return found;
}

/// The codebook of NF4 as its authors print it.
const std::vector<double> kNormalFloats = {
    -1,
    -0.6961928009986877,
    -0.5250730514526367,
    -0.39491748809814453,
    -0.28444138169288635,
    -0.18477343022823334,
    -0.09105003625154495,
    0,
    0.07958029955625534,
    0.16093020141124725,
    0.24611230194568634,
    0.33791524171829224,
    0.44070982933044434,
    0.5626170039176941,
    0.7229568362236023,
    1,
};

/// Where the normal distribution has reached a share.
double normalQuantile(double share)
{
    double low = -10;
    double high = 10;
    for (int halving = 0; halving < 100; ++halving) {
        const double middle = (low + high) / 2;
        (std::erfc(-middle / std::numbers::sqrt2) / 2 < share ? low : high) = middle;
    }
    return low;
}

/// The construction of the paper: quantiles at evenly spaced shares, one more above 0 than below.
std::vector<double> constructedNormalFloats()
{
    const double offset = 1 - (1.0 / 32 + 1.0 / 30) / 2;
    std::vector<double> levels = {0};
    for (int i = 0; i < 8; ++i)
        levels.push_back(normalQuantile(offset + (0.5 - offset) * i / 8));
    for (int i = 0; i < 7; ++i)
        levels.push_back(-normalQuantile(offset + (0.5 - offset) * i / 7));
    std::ranges::sort(levels);
    const double most = levels.back();
    for (double& level : levels)
        level /= most;
    return levels;
}

Matrix oneRow(std::vector<float> values)
{
    Matrix row(1, static_cast<int64_t>(values.size()));
    row.values = std::move(values);
    return row;
}

std::vector<int> codesOf(const GridScheme& scheme, const PackedTensor& packed)
{
    Grid grid = scheme.makeGrid(packed.rows, packed.columns);
    std::vector<Code> codes(static_cast<size_t>(packed.rows * packed.columns));
    scheme.unpack(packed.bytes, packed.rows, packed.columns, grid, codes);
    return {codes.begin(), codes.end()};
}

double meanSquare(const GridScheme& scheme, const Matrix& weights, RangeSearch search)
{
    return squaredDistance(weights, roundOnGrid(scheme, weights, search).decode()) /
           static_cast<double>(weights.values.size());
}

} // namespace

class TestCodebooks : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void levelsAscendAroundZero();
    void numbersGoToTheNearestLevel();
    void bordersGoToTheLowerLevel();
    void codebooksThatAreTooLargeAreRefused();
    void aZeroScaleGivesZeros();
    void extremesAreKept();
    void levelsNeedNotFillTheirCodes();
    void errorIsWhatRoundingGives();
    void normalFloatsAreThoseOfThePaper();
    void normalFloatsByHand();
    void normalFloatsOfGaussianWeights();
};

void TestCodebooks::levelsAscendAroundZero()
{
    QVERIFY(!codebookSchemes().empty());
    for (const GridScheme* scheme : codebookSchemes()) {
        const Grid grid = scheme->makeGrid(1, 512);
        QVERIFY(grid.zero.empty());
        QCOMPARE(grid.minCode, 0);
        QCOMPARE(grid.levels.size(), static_cast<size_t>(grid.maxCode + 1));
        QCOMPARE(std::ranges::adjacent_find(grid.levels, std::ranges::greater_equal()),
                 grid.levels.end());
        QVERIFY(grid.levels.front() < 0 && grid.levels.back() > 0);
        QVERIFY(std::ranges::count(grid.levels, 0.0F) == 1);
    }
}

void TestCodebooks::numbersGoToTheNearestLevel()
{
    for (const GridScheme* scheme : codebookSchemes()) {
        Grid grid = scheme->makeGrid(1, scheme->blockColumns(512));
        grid.scale[0] = floatToHalf(0.25F);
        const GroupParameters group = groupParameters(grid, 0, 0);
        for (uint64_t i = 0; i < 2000; ++i) {
            const auto value = static_cast<float>(grid.levels.back() * (randomUniform(3, i) - 0.5));
            const auto distance = [&](float level) {
                return std::abs(group.scale * level - value);
            };
            const float best = std::ranges::min(grid.levels, {}, distance);
            const float found = decodedCode(group, grid, nearestCode(group, grid, value));
            QVERIFY(std::abs(found - value) <= distance(best) * (1 + 1e-5F));
        }
    }
}

void TestCodebooks::bordersGoToTheLowerLevel()
{
    const LevelRounder rounder(std::vector<float>{-1, 0, 0.5F, 2});
    const std::vector<std::pair<float, int>> expected = {
        {-1e30F, 0},  {-0.5F, 0}, {-0.4999F, 1}, {0, 1}, {0.25F, 1},
        {0.2501F, 2}, {1.25F, 2}, {1.26F, 3},    {2, 3}, {1e30F, 3}};
    for (const auto& [number, code] : expected) {
        QCOMPARE(rounder.code(number), code);
        QCOMPARE(rounder.level(number), (std::vector<float>{-1, 0, 0.5F, 2})[code]);
    }
}

void TestCodebooks::codebooksThatAreTooLargeAreRefused()
{
    const QString said = refusal([] { LevelRounder(std::vector<float>(17)); });
    QVERIFY2(said.contains("17 levels"), qPrintable(said));
    QVERIFY(!refusal([] { LevelRounder(std::span<const float>()); }).isEmpty());
}

void TestCodebooks::aZeroScaleGivesZeros()
{
    for (const GridScheme* scheme : codebookSchemes()) {
        const Grid grid = scheme->makeGrid(1, 8);
        const GroupParameters group = groupParameters(grid, 0, 0);
        for (const float value : {-3.0F, 0.0F, 5.0F})
            QCOMPARE(grid.levels[nearestCode(group, grid, value)], 0.0F);
    }
}

void TestCodebooks::extremesAreKept()
{
    for (const GridScheme* scheme : codebookSchemes()) {
        const std::vector<float> weights = {0, 1.5F, -1.5F, 0.2F};
        const Matrix decoded =
            roundOnGrid(*scheme, oneRow(weights), RangeSearch::Extremes).decode();
        for (size_t i = 0; i < 3; ++i)
            QVERIFY(std::abs(decoded.values[i] - weights[i]) < 1e-3F);
    }
}

void TestCodebooks::levelsNeedNotFillTheirCodes()
{
    const CodebookScheme five({.id = "five",
                               .description = "",
                               .family = "five",
                               .groupSize = 32,
                               .levels = {-4, -1, 0, 1, 4}});
    QCOMPARE(five.bits(), 3);
    QCOMPARE(five.makeGrid(1, 32).maxCode, 4);
    const Matrix weights = oneRow({8, -8, 2.5F, -2, 0.5F, 7});
    const PackedTensor packed = roundOnGrid(five, weights, RangeSearch::Extremes);
    QCOMPARE(packed.decode().values, (std::vector<float>{8, -8, 2, -2, 0, 8}));
}

void TestCodebooks::errorIsWhatRoundingGives()
{
    const Matrix weights = heavyMatrix(1, 1333, 21);
    for (const GridScheme* scheme : codebookSchemes()) {
        Grid grid = scheme->makeGrid(1, 1333);
        grid.scale[0] = floatToHalf(0.04F);
        const GroupParameters group = groupParameters(grid, 0, 0);
        double error = 0;
        double products = 0;
        for (const float value : weights.values) {
            const Code code = nearestCode(group, grid, value);
            const double difference = decodedCode(group, grid, code) - value;
            error += difference * difference;
            products += static_cast<double>(value) * grid.levels[code];
        }
        const CodeRange codes{.levels = grid.levels};
        const Line line{group.scale, 0};
        QVERIFY(std::abs(squaredError(weights.values, line, codes) / error - 1) < 1e-5);
        QVERIFY(std::abs(codeMoments(weights.values, line, codes).xq / products - 1) < 1e-5);
    }
}

void TestCodebooks::normalFloatsAreThoseOfThePaper()
{
    const Grid grid = gridNamed("nf4-g64").makeGrid(1, 64);
    const std::vector<double> constructed = constructedNormalFloats();
    QCOMPARE(grid.levels.size(), kNormalFloats.size());
    for (size_t i = 0; i < kNormalFloats.size(); ++i) {
        QVERIFY(grid.levels[i] == static_cast<float>(kNormalFloats[i]));
        QVERIFY(std::abs(constructed[i] - kNormalFloats[i]) < 1e-6);
    }
    QCOMPARE(gridNamed("nf4-g64").rowBytes(172), 86 + 2 * 3);
}

/// A block of eight: the codes and errors of an independent calculation in double.
void TestCodebooks::normalFloatsByHand()
{
    const std::vector<double> weights = {0.9, -0.4, 0.05, -1.2, 0.3, 0.7, -0.15, -0.6};
    const std::vector<int> expected = {14, 4, 8, 0, 10, 13, 6, 2};
    const GridScheme& scheme = gridNamed("nf4-g64");
    const PackedTensor packed = roundOnGrid(
        scheme, oneRow(std::vector<float>(weights.begin(), weights.end())), RangeSearch::Extremes);
    QCOMPARE(codesOf(scheme, packed), expected);
    const auto error = [&](double scale) {
        double sum = 0;
        for (size_t i = 0; i < weights.size(); ++i)
            sum +=
                std::pow(weights[i] - scale * kNormalFloats[static_cast<size_t>(expected[i])], 2);
        return sum / 8;
    };
    QCOMPARE(QString::number(error(1.2), 'f', 8), QString("0.00122125"));
    QCOMPARE(QString::number(error(halfToFloat(floatToHalf(1.2F))), 'f', 8), QString("0.00121933"));
    const Matrix decoded = packed.decode();
    double stored = 0;
    for (size_t i = 0; i < weights.size(); ++i)
        stored += std::pow(weights[i] - static_cast<double>(decoded.values[i]), 2) / 8;
    QCOMPARE(QString::number(stored, 'f', 8), QString("0.00121933"));
}

void TestCodebooks::normalFloatsOfGaussianWeights()
{
    const Matrix weights = gaussianMatrix(1024, 1024, 44);
    const GridScheme& scheme = gridNamed("nf4-g64");
    const double variance = squaredDistance(weights, Matrix(1024, 1024)) / (1024 * 1024);
    const double nearest = meanSquare(scheme, weights, RangeSearch::Extremes) / variance;
    const double searched = meanSquare(scheme, weights, RangeSearch::SquaredError) / variance;
    QVERIFY2(std::abs(nearest / 0.00845 - 1) < 0.02, qPrintable(QString::number(nearest)));
    QVERIFY2(std::abs(searched / 0.00745 - 1) < 0.02, qPrintable(QString::number(searched)));
}

QTEST_APPLESS_MAIN(TestCodebooks)
#include "tst_codebooks.moc"
