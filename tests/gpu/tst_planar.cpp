// SPDX-License-Identifier: GPL-3.0-or-later
// The device layout of weights, on the CPU: it must hold exactly the values the scheme decodes.
#include "core/base/random.h"
#include "core/storage/schemes/codebook_scheme.h"
#include "gpu/kernels/planar.h"
#include "gpu/kernels/planar_form.h"
#include "tests/core/vector_scheme.h"
#include "tests/gpu/encoded_weights.h"
#include "tests/refusal.h"

#include <QtTest/QtTest>

using namespace bitloom;

namespace {

Matrix randomMatrix(int64_t rows, int64_t columns)
{
    Matrix result(rows, columns);
    for (size_t i = 0; i < result.values.size(); ++i)
        result.values[i] = static_cast<float>(randomUniform(7, i) - 0.45) *
                           (i % 91 == 0 ? 4.0F : 0.2F) / static_cast<float>(1 + i % 7);
    return result;
}

void addSchemes()
{
    QTest::addColumn<QString>("id");
    for (const Scheme* scheme : schemes()) {
        const std::string id(scheme->id());
        QTest::newRow(id.c_str()) << QString::fromStdString(id);
    }
}

} // namespace

class PlanarTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void holdsWhatTheSchemeDecodes_data() { addSchemes(); }
    void holdsWhatTheSchemeDecodes()
    {
        QFETCH(QString, id);
        const Scheme& scheme = schemeNamed(id.toStdString());
        for (const int64_t columns : {32, 36, 172, 256, 333, 768}) {
            if (!scheme.accepts(columns))
                continue;
            const PackedTensor packed = encoded(scheme, randomMatrix(7, columns));
            const Matrix decoded = packed.decode();
            const PlanarTensor whole = planarTensor(packed, 0, 7);
            const PlanarTensor part = planarTensor(packed, 3, 4);
            for (int64_t row = 0; row < 7; ++row) {
                for (int64_t column = 0; column < columns; ++column) {
                    const float expected = decoded.row(row)[static_cast<size_t>(column)];
                    QCOMPARE(whole.at(row, column), expected);
                    if (row >= 3)
                        QCOMPARE(part.at(row - 3, column), expected);
                }
            }
        }
    }

    /// On rows that fill the groups, the layout costs at most a tenth more than the scheme.
    void isHardlyLargerThanPacked_data() { addSchemes(); }
    void isHardlyLargerThanPacked()
    {
        QFETCH(QString, id);
        const Scheme& scheme = schemeNamed(id.toStdString());
        const PackedTensor packed = encoded(scheme, randomMatrix(16, 768));
        const PlanarTensor planar = planarTensor(packed, 0, 16);
        QVERIFY(static_cast<double>(planar.bytes()) <=
                1.1 * static_cast<double>(packed.bytes.size()));
        QVERIFY(planar.bytes() <= 16 * planarRowBytes(scheme, 768));
    }

    /// Also of numbers so dull that narrower fields would do.
    void sectionsAreAsLargeAsTheirShapeSays_data() { addSchemes(); }
    void sectionsAreAsLargeAsTheirShapeSays()
    {
        QFETCH(QString, id);
        const Scheme& scheme = schemeNamed(id.toStdString());
        for (const int64_t columns : {32, 36, 172, 256, 333, 768}) {
            if (!scheme.accepts(columns))
                continue;
            for (const Matrix& weights : {randomMatrix(5, columns), Matrix(5, columns)}) {
                const PlanarTensor planar = planarTensor(encoded(scheme, weights), 0, 5);
                const auto bytes = [](const std::vector<uint32_t>& words) {
                    return static_cast<int64_t>(4 * words.size());
                };
                const std::array<int64_t, 5> parts = {bytes(planar.wide), bytes(planar.middle),
                                                      bytes(planar.narrow), bytes(planar.params),
                                                      bytes(planar.sub)};
                QVERIFY(planarSectionBytes(scheme, 5, columns) == parts);
            }
        }
    }

    /// Kernels decode a codebook of any levels, or say whose they do not.
    void codebooksAreKnownOrRefused()
    {
        const CodebookScheme three({.id = "three",
                                    .description = "",
                                    .family = "three",
                                    .groupSize = 32,
                                    .levels = {-1, -0.6F, -0.3F, 0, 0.1F, 0.2F, 0.4F, 0.8F}});
        const PackedTensor packed = encoded(three, randomMatrix(2, 64));
        const Matrix decoded = packed.decode();
        const PlanarTensor planar = planarTensor(packed, 0, 2);
        QVERIFY(planar.shape.bits == 3);
        for (int64_t column = 0; column < 64; ++column)
            QCOMPARE(planar.at(1, column), decoded.row(1)[static_cast<size_t>(column)]);

        std::vector<float> many;
        for (int i = 0; i < 32; ++i)
            many.push_back(static_cast<float>(i - 16));
        const CodebookScheme five(
            {.id = "five", .description = "", .family = "five", .groupSize = 32, .levels = many});
        std::span<std::byte> bytes;
        const PackedTensor unknown = PackedTensor::allocate(five, 1, 64, bytes);
        for (const QString& said : {refusal([&] { planarTensor(unknown, 0, 1); }),
                                    refusal([&] { planarSectionBytes(five, 1, 64); })})
            QVERIFY2(said.contains("five") && said.contains("32 levels"), qPrintable(said));
    }

    /// What a code stands for must follow from its row, and a code be a byte of one weight: else
    /// it is refused by name, one reason after the other, rather than decoded as something else.
    void codesThatTheKernelsDoNotDecodeAreRefused()
    {
        const auto refused = [](const Scheme& scheme, const char* why) {
            std::span<std::byte> bytes;
            const PackedTensor packed = PackedTensor::allocate(scheme, 2, 64, bytes);
            for (const QString& said : {refusal([&] { planarTensor(packed, 0, 1); }),
                                        refusal([&] { planarSectionBytes(scheme, 2, 64); }),
                                        refusal([&] { planarRowBytes(scheme, 64); })})
                QVERIFY2(said.contains(QString::fromStdString(std::string(scheme.id()))) &&
                             said.contains(why),
                         qPrintable(said));
        };
        refused(VectorScheme(2, 4), "parameters that all rows of a slot share");
        class Fixed : public VectorScheme { // the codebook is the scheme's
        public:
            Fixed(int dimension, int bits)
                : VectorScheme(dimension, bits)
            {
            }
            int64_t parameterBytes(int64_t /*columns*/) const override { return 0; }
        };
        refused(Fixed(2, 4), "codes of 2 weights");
        refused(Fixed(1, 10), "codes of 10 bits");
    }
};

QTEST_APPLESS_MAIN(PlanarTest)
#include "tst_planar.moc"
