// SPDX-License-Identifier: GPL-3.0-or-later
// Schemes that keep parameters of the slot, wide codes, and codes of several weights.
#include "core/storage/level_rounder.h"
#include "core/storage/schemes/codebook_scheme.h"
#include "tests/core/random_weights.h"
#include "tests/core/storage/rounding.h"
#include "tests/core/vector_scheme.h"
#include "tests/refusal.h"

#include <QtTest>

using namespace bitloom;

namespace {

double distance(std::span<const float> a, const float* b)
{
    double sum = 0;
    for (size_t i = 0; i < a.size(); ++i)
        sum += std::pow(static_cast<double>(a[i]) - static_cast<double>(b[i]), 2);
    return sum;
}

/// So many random numbers, ascending, 0 among them.
std::vector<float> manyLevels(size_t count)
{
    std::vector<float> levels;
    for (size_t i = 0; i < count; ++i)
        levels.push_back(static_cast<float>(gaussian(5, i)));
    levels[count / 2] = 0;
    std::ranges::sort(levels);
    return levels;
}

} // namespace

class TestSlotSchemes : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void bitStringsOfAnyWidth();
    void nearestIsTheNearest_data();
    void nearestIsTheNearest();
    void dimensionsThatAreNoneAreRefused();
    void bytesOfASlot();
    void bytesByHand();
    void rowsDecodeAlone();
    void decodesWhatTheCodebookSays();
    void parametersDependOnTheWeightsAlone();
    void forgottenParametersAreRefused();
    void errorIsWhatRoundingGives();
    void searchIsNoWorse();
    void manyLevelsOfSingleWeights();
    void foundByNameWhileItLives();
};

void TestSlotSchemes::bitStringsOfAnyWidth()
{
    for (int bits = 1; bits <= 16; ++bits)
        for (const size_t count : {1, 2, 7, 8, 33, 100}) {
            std::vector<Code> numbers;
            for (size_t i = 0; i < count; ++i)
                numbers.push_back(static_cast<Code>(
                    i % 5 == 0 ? (1 << bits) - 1
                               : static_cast<int>(randomUniform(9, i) * (1 << bits))));
            const auto size = static_cast<size_t>(denseBytes(static_cast<int64_t>(count), bits));
            std::vector<std::byte> bytes(size + 1, std::byte{0xA5});
            packDense(numbers, bits, bytes.data());
            QCOMPARE(bytes.back(), std::byte{0xA5}); // not written
            for (size_t i = 0; i < count * static_cast<size_t>(bits); ++i) {
                const size_t number = i / static_cast<size_t>(bits);
                const int bit = numbers[number] >> (i % static_cast<size_t>(bits)) & 1;
                QCOMPARE(static_cast<int>(bytes[i / 8]) >> (i % 8) & 1, bit);
            }
            bytes.resize(size); // sanitizers see a byte too many
            std::vector<Code> read(count);
            unpackDense(bytes.data(), bits, read);
            QVERIFY(read == numbers);
        }
}

void TestSlotSchemes::nearestIsTheNearest_data()
{
    QTest::addColumn<int>("dimension");
    QTest::addColumn<int>("levels");
    QTest::newRow("single, many") << 1 << 1000;
    QTest::newRow("pairs") << 2 << 1024;
    QTest::newRow("pairs, one level") << 2 << 1;
    QTest::newRow("fours") << 4 << 300;
    QTest::newRow("eights") << 8 << 256;
}

void TestSlotSchemes::nearestIsTheNearest()
{
    QFETCH(const int, dimension);
    QFETCH(const int, levels);
    const auto width = static_cast<size_t>(dimension);
    Grid grid;
    grid.dimension = dimension;
    grid.maxCode = levels - 1;
    grid.levels = manyLevels(width * static_cast<size_t>(levels));
    if (dimension > 1) // in no order
        for (size_t i = 0; i < grid.levels.size(); ++i)
            grid.levels[i] = static_cast<float>(gaussian(6, i));
    const GroupParameters group{0.25F, 0, -0.0F};
    std::vector<float> values;
    for (size_t i = 0; i < 200 * width; ++i)
        values.push_back(static_cast<float>(0.3 * gaussian(7, i)));
    std::vector<Code> codes(200);
    nearestCodes(group, grid, values, codes);
    std::vector<float> decoded(values.size());
    decodeCodes(group, grid, codes, decoded);
    for (size_t i = 0; i < codes.size(); ++i) {
        const auto wanted = std::span<const float>(values).subspan(i * width, width);
        double least = std::numeric_limits<double>::infinity();
        for (size_t level = 0; level < static_cast<size_t>(levels); ++level) {
            std::vector<float> stands;
            for (size_t j = 0; j < width; ++j)
                stands.push_back(group.scale * grid.levels[level * width + j]);
            least = std::min(least, distance(wanted, stands.data()));
            if (level == codes[i])
                QVERIFY(std::equal(stands.begin(), stands.end(), decoded.data() + i * width));
        }
        QVERIFY(distance(wanted, decoded.data() + i * width) <= least * (1 + 1e-5) + 1e-12);
    }
}

void TestSlotSchemes::dimensionsThatAreNoneAreRefused()
{
    const std::vector<float> levels(24);
    for (const int dimension : {0, 3, 16})
        QVERIFY(refusal([&] { LevelSearch(levels, dimension); }).contains("weights"));
    QVERIFY(refusal([&] { LevelSearch(std::span(levels).first(7), 2); }).contains("7 numbers"));
    QVERIFY(!refusal([] { LevelSearch(std::span<const float>(), 1); }).isEmpty());
}

void TestSlotSchemes::bytesOfASlot()
{
    const VectorScheme scheme;
    QCOMPARE(scheme.parameterBytes(128), int64_t{1024 * 2 * 2});
    QCOMPARE(scheme.rowBytes(128), int64_t{64 * 10 / 8 + 2 * 2});
    QCOMPARE(scheme.slotBytes(7, 128), int64_t{4096 + 7 * 84});
    const Matrix weights = gaussianMatrix(7, 128, 1);
    const PackedTensor packed = roundOnGrid(scheme, weights, RangeSearch::Extremes);
    QCOMPARE(packed.bytes.size(), size_t{4096 + 7 * 84});
    QCOMPARE(packed.parameters().data(), packed.bytes.data());
    QCOMPARE(packed.row(3).data(), packed.bytes.data() + 4096 + 3 * 84);
    QCOMPARE(packed.row(6).size(), size_t{84});
    // What was stored comes back: parameters, codes and scales.
    Grid grid = scheme.gridOf(packed.parameters(), 7, 128);
    std::vector<Code> codes(7 * 64);
    scheme.unpack(packed.rowsOf(0, 7), 7, 128, grid, codes);
    QVERIFY(std::ranges::max(codes) > 255);
    std::vector<std::byte> again(7 * 84);
    scheme.pack(grid, codes, again);
    QVERIFY(std::ranges::equal(again, packed.rowsOf(0, 7)));
    Grid other = scheme.makeGrid(7, 128);
    scheme.takeParameters(packed.parameters(), other);
    QVERIFY(other.levels == grid.levels);
}

/// Four weights that are the codebook of two pairs.
void TestSlotSchemes::bytesByHand()
{
    const VectorScheme scheme(2, 1);
    Matrix weights(1, 4);
    weights.values = {1, -0.5F, 0.25F, 0};
    const PackedTensor packed = roundOnGrid(scheme, weights, RangeSearch::Extremes);
    const std::vector<int> expected = {0x00, 0x3C, 0x00, 0xB8, 0x00, 0x34, 0x00, 0x00, // levels
                                       0x02,                                           // codes
                                       0x00, 0x3C};                                    // scale
    QCOMPARE(packed.bytes.size(), expected.size());
    for (size_t i = 0; i < expected.size(); ++i)
        QCOMPARE(static_cast<int>(packed.bytes[i]), expected[i]);
    QCOMPARE(packed.decode().values, weights.values);
}

void TestSlotSchemes::rowsDecodeAlone()
{
    for (const int dimension : {2, 4, 8}) {
        const VectorScheme scheme(dimension, 9);
        const Matrix weights = heavyMatrix(300, 328, 2); // a short last group, several stretches
        const PackedTensor packed = roundOnGrid(scheme, weights, RangeSearch::Extremes);
        const Matrix whole = packed.decode();
        QVERIFY(squaredDistance(weights, whole) < squaredDistance(weights, Matrix(300, 328)));
        for (const int64_t first : {0, 1, 157, 299}) {
            const Matrix alone = packed.decodeRows(first, 1);
            QVERIFY(std::ranges::equal(alone.row(0), whole.row(first)));
        }
        const Matrix some = packed.decodeRows(100, 130);
        QVERIFY(std::equal(some.values.begin(), some.values.end(), whole.row(100).data()));
    }
}

void TestSlotSchemes::decodesWhatTheCodebookSays()
{
    const VectorScheme scheme;
    const PackedTensor packed =
        roundOnGrid(scheme, gaussianMatrix(5, 96, 3), RangeSearch::SquaredError);
    Grid grid = scheme.gridOf(packed.parameters(), 5, 96);
    std::vector<Code> codes(5 * 48);
    scheme.unpack(packed.rowsOf(0, 5), 5, 96, grid, codes);
    const Matrix decoded = packed.decode();
    for (int64_t row = 0; row < 5; ++row)
        for (int64_t column = 0; column < 96; ++column) {
            const size_t code = codes[static_cast<size_t>(row * 48 + column / 2)];
            const float scale = groupParameters(grid, row, column / 64).scale;
            QCOMPARE(decoded.row(row)[static_cast<size_t>(column)],
                     scale * grid.levels[2 * code + static_cast<size_t>(column % 2)]);
        }
}

void TestSlotSchemes::parametersDependOnTheWeightsAlone()
{
    const VectorScheme scheme(2, 8);
    const Matrix weights = gaussianMatrix(50, 64, 4);
    const auto fitted = scheme.fitParameters(rowsOf(weights, 50), RangeSearch::SquaredError);
    QVERIFY(fitted == scheme.fitParameters(rowsOf(weights, 7), RangeSearch::SquaredError));
    QVERIFY(fitted == scheme.fitParameters(rowsOf(weights, 1), RangeSearch::SquaredError));
    QVERIFY(fitted != scheme.fitParameters(rowsOf(weights, 1), RangeSearch::Extremes));
}

void TestSlotSchemes::forgottenParametersAreRefused()
{
    const VectorScheme scheme;
    std::span<std::byte> writable;
    const std::vector<std::byte> few(10);
    for (const QString& said :
         {refusal([&] { scheme.gridOf({}, 1, 64); }), refusal([&] { scheme.gridOf(few, 1, 64); }),
          refusal([&] { PackedTensor::allocate(scheme, 1, 64, few, writable); })})
        QVERIFY2(said.contains("vector2x10 keeps 4096 bytes"), qPrintable(said));
    QVERIFY(refusal([&] { gridNamed("q4_k").gridOf(few, 1, 256); }).contains("q4_k keeps 0 bytes"));
    QVERIFY(gridNamed("q4_k").gridOf({}, 1, 256).levels.empty());
}

void TestSlotSchemes::errorIsWhatRoundingGives()
{
    const VectorScheme scheme(4, 8);
    const Matrix weights = heavyMatrix(20, 64, 5);
    const Grid grid =
        scheme.gridOf(scheme.fitParameters(rowsOf(weights, 20), RangeSearch::SquaredError), 1, 64);
    const GroupParameters group{0.04F, 0, -0.0F};
    const CodeRange codes{.levels = grid.levels, .dimension = 4};
    std::vector<Code> nearest(16);
    nearestCodes(group, grid, weights.row(3), nearest);
    std::vector<float> decoded(64);
    decodeCodes(group, grid, nearest, decoded);
    double products = 0;
    for (size_t i = 0; i < 64; ++i)
        products +=
            static_cast<double>(weights.row(3)[i]) * static_cast<double>(decoded[i] / group.scale);
    const Line line{group.scale, 0};
    const double error = distance(weights.row(3), decoded.data());
    QVERIFY(std::abs(squaredError(weights.row(3), line, codes) / error - 1) < 1e-4);
    QVERIFY(std::abs(codeMoments(weights.row(3), line, codes).xq / products - 1) < 1e-4);
    QCOMPARE(codes.count(), 4); // 256 levels of four weights
    QCOMPARE(codes.top(), std::ranges::max(grid.levels));
}

void TestSlotSchemes::searchIsNoWorse()
{
    const VectorScheme scheme(2, 6);
    const Matrix weights = gaussianMatrix(40, 256, 6);
    const auto error = [&](RangeSearch search) {
        return squaredDistance(weights, roundOnGrid(scheme, weights, search).decode()) /
               squaredDistance(weights, Matrix(40, 256));
    };
    const double kept = error(RangeSearch::Extremes);
    const double searched = error(RangeSearch::SquaredError);
    QVERIFY2(searched < kept && searched > 0 && kept < 0.06,
             qPrintable(QString("%1 %2").arg(kept).arg(searched)));
}

/// A codebook of single weights may have more levels than a byte has numbers.
void TestSlotSchemes::manyLevelsOfSingleWeights()
{
    const CodebookScheme many({.id = "many",
                               .description = "",
                               .family = "many",
                               .groupSize = 32,
                               .levels = manyLevels(300)});
    QCOMPARE(many.bits(), 9);
    const Matrix weights = gaussianMatrix(6, 100, 8);
    for (const RangeSearch search : {RangeSearch::Extremes, RangeSearch::SquaredError}) {
        const PackedTensor packed = roundOnGrid(many, weights, search);
        QCOMPARE(packed.bytes.size(), size_t{6 * (113 + 8)});
        QVERIFY(squaredDistance(weights, packed.decode()) <
                0.01 * squaredDistance(weights, Matrix(6, 100)));
    }
    // As few levels are rounded to, so are many that lie on both sides of them.
    const std::vector<float> few = {-1, -0.25F, 0, 0.5F, 1};
    std::vector<float> more;
    for (int i = 0; i < 20; ++i)
        more.push_back(static_cast<float>(i - 40));
    more.insert(more.end(), few.begin(), few.end());
    for (float number = -1.5F; number < 1.6F; number += 0.03125F) {
        QCOMPARE(*LevelSearch(more, 1).level(&number), LevelRounder(few).level(number));
    }
}

void TestSlotSchemes::foundByNameWhileItLives()
{
    const VectorScheme scheme;
    {
        const ExtraScheme extra(scheme);
        QCOMPARE(findScheme("vector2x10"), static_cast<const Scheme*>(&scheme));
        QVERIFY(std::ranges::find(schemes(), findScheme("vector2x10")) == schemes().end());
    }
    QVERIFY(!findScheme("vector2x10"));
}

QTEST_APPLESS_MAIN(TestSlotSchemes)
#include "tst_slot_schemes.moc"
