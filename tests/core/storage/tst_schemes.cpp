// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/error.h"
#include "core/base/random.h"
#include "core/storage/half.h"
#include "core/storage/packed_tensor.h"
#include "core/storage/plain_scheme.h"
#include "tests/core/random_weights.h"
#include "tests/core/storage/rounding.h"
#include "tests/refusal.h"

#include <QTest>

#include <bit>
#include <cstring>
#include <fstream>
#include <set>

using namespace bitloom;

namespace {

QString idOf(const Scheme& scheme)
{
    return QString::fromStdString(std::string(scheme.id()));
}

/// Rows of whole blocks: they use every bit of their bytes.
bool isBlockOfGguf(const Scheme& scheme)
{
    return scheme.grid() && !scheme.accepts(1);
}

QByteArray hexOf(std::span<const std::byte> bytes)
{
    return QByteArray(reinterpret_cast<const char*>(bytes.data()),
                      static_cast<qsizetype>(bytes.size()))
        .toHex();
}

Matrix oneRow(std::vector<float> values)
{
    Matrix row(1, static_cast<int64_t>(values.size()));
    row.values = std::move(values);
    return row;
}

int64_t acceptedColumns(const Scheme& scheme)
{
    return scheme.accepts(172) ? 172 : 512;
}

/// Fills a stored parameter vector with random numbers of [lowest, highest].
template <class Number>
void fillRandom(std::vector<Number>& numbers, int lowest, int highest, uint64_t seed)
{
    for (size_t i = 0; i < numbers.size(); ++i)
        numbers[i] = static_cast<Number>(
            lowest +
            static_cast<int>(randomBits(seed, i) % static_cast<uint64_t>(highest - lowest + 1)));
}

} // namespace

class TestSchemes : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void tableIsOrderedAndNamed();
    void traitsAreThoseOfTheGrid();
    void unknownSchemeNamesTheKnown();
    void packAndUnpackAreInverse();
    void unpackAndPackAreInverseForBlocks();
    void blocksEqualTheReference();
    void rowBytesByHand();
    void bytesByHand();
    void everySchemeRoundTrips();
    void decodedValuesStayWhenEncodedAgain();
    void zerosAndSubnormalsAreHeld();
    void everySchemeIsPlainOrOnAGrid();
    void plainNumbersConvert();
};

void TestSchemes::tableIsOrderedAndNamed()
{
    QCOMPARE(schemes().front()->id(), std::string_view("f32"));
    std::set<std::string_view> ids;
    for (const Scheme* scheme : schemes()) {
        QVERIFY2(ids.insert(scheme->id()).second, qPrintable(idOf(*scheme)));
        QCOMPARE(findScheme(scheme->id()), scheme);
        QVERIFY(scheme->description().ends_with('.'));
    }
}

void TestSchemes::traitsAreThoseOfTheGrid()
{
    for (const GridScheme* scheme : gridSchemes()) {
        const Grid grid = scheme->makeGrid(1, 512);
        QCOMPARE(scheme->blockColumns(512), grid.groupSize * grid.groupsPerBlock);
        QCOMPARE(grid.bits, scheme->bits());
        for (const GridScheme* other : gridSchemes())
            QVERIFY2(other == scheme || other->bits() != scheme->bits() ||
                         !other->traits().differsInBitsAlone(scheme->traits()),
                     qPrintable(idOf(*scheme) + " " + idOf(*other)));
    }
    const auto alike = [](const char* one, const char* other) {
        return schemeNamed(one).traits().differsInBitsAlone(schemeNamed(other).traits());
    };
    QVERIFY(alike("q6_k", "q5_k") && alike("q8_0", "q5_0") && alike("f32", "f16"));
    QVERIFY(!alike("f16", "bf16"));
    QVERIFY(alike("int4-g64-asym", "int3-g64-asym"));
    QVERIFY(!alike("q5_1", "q5_0") && !alike("q4_k", "q4_0"));
    QVERIFY(!alike("int4-g64-asym", "int4-g64-sym") && !alike("int4-g64-sym", "int4-g32-sym"));
}

void TestSchemes::unknownSchemeNamesTheKnown()
{
    QCOMPARE(findScheme("q9_x"), nullptr);
    const QString said = refusal([] { schemeNamed("q9_x"); });
    QVERIFY2(said.contains("q9_x") && said.contains("int3-g64-asym"), qPrintable(said));
}

void TestSchemes::packAndUnpackAreInverse()
{
    for (const GridScheme* scheme : gridSchemes())
        for (const int64_t columns :
             {int64_t{1}, int64_t{3}, int64_t{33}, int64_t{172}, int64_t{256}, int64_t{768}}) {
            if (!scheme->accepts(columns))
                continue;
            const int64_t rows = 3;
            Grid grid = scheme->makeGrid(rows, columns);
            std::vector<Code> codes(static_cast<size_t>(rows * columns));
            fillRandom(codes, 0, (1 << scheme->bits()) - 1, 1);
            fillRandom(grid.scale, 0, 0x7BFF, 2);
            fillRandom(grid.bias, 0, 0x7BFF, 3);
            const bool signedSubs = grid.bias.empty();
            const int subBits = scheme->id() == "q2_k" ? 4 : scheme->id() == "q6_k" ? 8 : 6;
            fillRandom(grid.subScale, signedSubs ? -(1 << (subBits - 1)) : 0,
                       (1 << (subBits - (signedSubs ? 1 : 0))) - 1, 4);
            fillRandom(grid.subBias, 0, (1 << subBits) - 1, 5);
            fillRandom(grid.zero, 0, (1 << scheme->bits()) - 1, 6);
            std::vector<std::byte> bytes(static_cast<size_t>(rows * scheme->rowBytes(columns)),
                                         std::byte{0xFF});
            scheme->pack(grid, codes, bytes);

            Grid read = scheme->makeGrid(rows, columns);
            std::vector<Code> readCodes(codes.size());
            scheme->unpack(bytes, rows, columns, read, readCodes);
            QVERIFY2(readCodes == codes, qPrintable(idOf(*scheme)));
            QVERIFY2(read.scale == grid.scale && read.bias == grid.bias && read.zero == grid.zero,
                     qPrintable(idOf(*scheme)));
            QVERIFY2(read.subScale == grid.subScale && read.subBias == grid.subBias,
                     qPrintable(idOf(*scheme)));
        }
}

void TestSchemes::unpackAndPackAreInverseForBlocks()
{
    for (const GridScheme* scheme : gridSchemes()) {
        if (!isBlockOfGguf(*scheme))
            continue;
        const int64_t columns = 512;
        std::vector<uint8_t> random(static_cast<size_t>(2 * scheme->rowBytes(columns)));
        fillRandom(random, 0, 255, 7);
        std::vector<std::byte> bytes(random.size());
        std::memcpy(bytes.data(), random.data(), random.size());
        Grid grid = scheme->makeGrid(2, columns);
        std::vector<Code> codes(static_cast<size_t>(2 * columns));
        scheme->unpack(bytes, 2, columns, grid, codes);
        std::vector<std::byte> again(bytes.size());
        scheme->pack(grid, codes, again);
        QVERIFY2(again == bytes, qPrintable(idOf(*scheme)));
    }
}

void TestSchemes::blocksEqualTheReference()
{
    std::ifstream file(QFINDTESTDATA("golden_blocks.txt").toStdString());
    std::string line;
    std::set<std::string> seen;
    while (std::getline(file, line)) {
        if (line.starts_with('#'))
            continue;
        const QList<QByteArray> parts = QByteArray::fromStdString(line).split(' ');
        const Scheme& scheme = schemeNamed(parts[0].toStdString());
        const QByteArray bytes = QByteArray::fromHex(parts[1]);
        const QByteArray expected = QByteArray::fromHex(parts[2]);
        const auto columns = static_cast<int64_t>(expected.size() / 4);
        QCOMPARE(scheme.rowBytes(columns), static_cast<int64_t>(bytes.size()));
        std::vector<float> values(static_cast<size_t>(columns));
        scheme.decode({}, std::as_bytes(std::span(bytes.data(), static_cast<size_t>(bytes.size()))),
                      1, columns, values);
        QVERIFY2(std::memcmp(values.data(), expected.data(), values.size() * 4) == 0,
                 parts[0].constData());
        seen.insert(parts[0].toStdString());
    }
    for (const Scheme* scheme : schemes())
        QCOMPARE(seen.contains(std::string(scheme->id())), isBlockOfGguf(*scheme));
}

void TestSchemes::rowBytesByHand()
{
    const auto bytes = [](const char* id, int64_t columns) {
        return schemeNamed(id).rowBytes(columns);
    };
    // 172 = 5·32 + 12 = 2·64 + 44 = 128 + 44: six, three and two groups
    QCOMPARE(bytes("int4-g32-sym", 172), 86 + 2 * 6);
    QCOMPARE(bytes("int4-g32-asym", 172), 86 + 2 * 6 + 3);
    QCOMPARE(bytes("int3-g64-asym", 172), 65 + 2 * 3 + 2);
    QCOMPARE(bytes("int5-g32-asym", 172), 108 + 2 * 6 + 4);
    QCOMPARE(bytes("int8-g128-asym", 172), 172 + 2 * 2 + 2);
    QCOMPARE(bytes("int2-row-sym", 172), 43 + 2);
    QCOMPARE(bytes("f16", 172), 344);
    QVERIFY(!schemeNamed("q4_0").accepts(172));
    QVERIFY(!schemeNamed("q4_k").accepts(288));
    QCOMPARE(bytes("q8_0", 288), 9 * 34);
    QCOMPARE(bytes("q4_k", 512), 2 * 144);
    QCOMPARE(bytes("q6_k", 256), 210);
}

void TestSchemes::bytesByHand()
{
    const auto bytes = [](const char* id, std::vector<float> values) {
        return hexOf(
            roundOnGrid(gridNamed(id), oneRow(std::move(values)), RangeSearch::Extremes).bytes);
    };
    // scale 7 / 7 = 1; 3.5 rounds to the even 4, 0.5 to 0: codes 15 1 12 8, low nibble first
    QCOMPARE(bytes("int4-g32-sym", {7, -7, 3.5, 0.5}), QByteArray("1f8c003c"));
    // ternary: 3 1 2 2
    QCOMPARE(bytes("int2-g32-sym", {1, -1, 0.4F, 0.5}), QByteArray("a7003c"));
    // scale 7 / 7, zero point 2: codes 0 7 2 1 as 3-bit numbers, then the scale, then the zero
    QCOMPARE(bytes("int3-row-asym", {-2, 5, 0, -1}), QByteArray("b802003c02"));
    // a positive row still has a code for 0
    QCOMPARE(bytes("int3-row-asym", {7, 6, 2, 1}), QByteArray("b702003c00"));
    // two groups, the second short: codes of 33 weights, then both scales (1 and 2)
    std::vector<float> long33(33, 0);
    long33[0] = 127;
    long33[32] = -254;
    QCOMPARE(bytes("int8-g32-sym", long33),
             QByteArray("ff") + QByteArray("80").repeated(31) + QByteArray("01003c0040"));
    // the signed extreme −8 takes code 0 at scale 1
    std::vector<float> block(32, 0);
    block[0] = -8;
    block[16] = 7;
    QCOMPARE(bytes("q4_0", block), QByteArray("003cf0") + QByteArray("88").repeated(15));
}

void TestSchemes::everySchemeRoundTrips()
{
    for (const GridScheme* scheme : gridSchemes()) {
        const Matrix weights = gaussianMatrix(4, acceptedColumns(*scheme), 11);
        const Matrix decoded = roundOnGrid(*scheme, weights, RangeSearch::Extremes).decode();
        const double relative = squaredDistance(weights, decoded) /
                                squaredDistance(weights, Matrix{weights.rows, weights.columns});
        // half a step of a grid over ±3.5 σ, or for row scales and ternary codes somewhat more
        const double step = 8.0 / ((1 << scheme->bits()) - 1);
        QVERIFY2(relative < step * step / 6,
                 qPrintable(idOf(*scheme) + QString(" %1").arg(relative)));
    }
}

void TestSchemes::decodedValuesStayWhenEncodedAgain()
{
    for (const GridScheme* scheme : gridSchemes()) {
        const int64_t columns = acceptedColumns(*scheme);
        const Matrix weights = gaussianMatrix(2, columns, 12);
        const PackedTensor packed = roundOnGrid(*scheme, weights, RangeSearch::Extremes);
        const Matrix decoded = packed.decode();
        Grid grid = scheme->makeGrid(2, columns);
        std::vector<Code> codes(decoded.values.size());
        scheme->unpack(packed.bytes, 2, columns, grid, codes);
        for (int64_t row = 0; row < 2; ++row)
            for (int64_t column = 0; column < columns; ++column) {
                const auto group = groupParameters(grid, row, column / grid.groupSize);
                const float value = decoded.row(row)[static_cast<size_t>(column)];
                const Code code = nearestCode(group, grid, value);
                QVERIFY2(decodedCode(group, grid, code) == value, qPrintable(idOf(*scheme)));
            }
        QCOMPARE(packed.decodeRows(1, 1).values,
                 std::vector<float>(decoded.values.begin() + columns, decoded.values.end()));
    }
}

void TestSchemes::zerosAndSubnormalsAreHeld()
{
    for (const GridScheme* scheme : gridSchemes())
        for (const RangeSearch search : {RangeSearch::Extremes, RangeSearch::SquaredError}) {
            const int64_t columns = acceptedColumns(*scheme);
            const Matrix zeros(2, columns);
            QVERIFY2(roundOnGrid(*scheme, zeros, search).decode().values == zeros.values,
                     qPrintable(idOf(*scheme)));
            Matrix tiny = gaussianMatrix(1, columns, 13);
            Matrix huge = tiny;
            Matrix vanishing = tiny;
            for (size_t i = 0; i < tiny.values.size(); ++i) {
                tiny.values[i] *= 1e-4F; // scales become subnormal halves
                huge.values[i] *= 1e9F;  // scales would be infinite
                vanishing.values[i] *= 1e-20F;
            }
            const Matrix none(1, columns);
            const double kept = squaredDistance(tiny, roundOnGrid(*scheme, tiny, search).decode());
            QVERIFY2(kept <= squaredDistance(tiny, none), qPrintable(idOf(*scheme)));
            for (const float value : roundOnGrid(*scheme, huge, search).decode().values)
                QVERIFY2(std::isfinite(value), qPrintable(idOf(*scheme)));
            for (const float value : roundOnGrid(*scheme, vanishing, search).decode().values)
                QVERIFY2(std::abs(value) < 1e-7F, qPrintable(idOf(*scheme)));
        }
}

void TestSchemes::everySchemeIsPlainOrOnAGrid()
{
    for (const Scheme* scheme : schemes()) {
        QVERIFY2((scheme->plain() == nullptr) != (scheme->grid() == nullptr),
                 qPrintable(idOf(*scheme)));
        QCOMPARE(scheme->isPlain(), scheme->plain() == scheme);
    }
    std::span<std::byte> writable;
    QVERIFY_EXCEPTION_THROWN(PackedTensor::allocate(schemeNamed("q4_k"), 1, 64, writable), Error);
}

void TestSchemes::plainNumbersConvert()
{
    const std::vector<float> values = {1.0F, -2.5F, 65504.0F, 6e-8F, 0.1F};
    const std::vector<float> halves = {1.0F, -2.5F, 65504.0F, 0x1.0p-24F, 0x1.998p-4F};
    const std::vector<float> brains = {1.0F, -2.5F, 65536.0F, 0x1.02p-24F, 0x1.9ap-4F};
    for (const auto& [id, expected] :
         {std::pair{"f16", halves}, std::pair{"bf16", brains}, std::pair{"f32", values}}) {
        const PlainScheme& scheme = *schemeNamed(id).plain();
        std::span<std::byte> writable;
        const PackedTensor packed = PackedTensor::allocate(scheme, 1, 5, writable);
        scheme.encodePlain(values, writable);
        QCOMPARE(packed.decode().values, expected);
    }
    for (uint32_t bits = 0; bits < 0x10000; ++bits) {
        const float value = halfToFloat(static_cast<uint16_t>(bits));
        if (!std::isnan(value))
            QCOMPARE(floatToHalf(value), static_cast<uint16_t>(bits));
    }
}

QTEST_APPLESS_MAIN(TestSchemes)
#include "tst_schemes.moc"
