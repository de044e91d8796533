// SPDX-License-Identifier: GPL-3.0-or-later
// Weights too large for the numbers that a scheme keeps: refused by name, never cut off silently.
#include "core/quantize/recipe/recipe.h"
#include "core/quantize/variant/encode_pieces.h"
#include "tests/core/quantize/hand_model.h"
#include "tests/refusal.h"

#include <QtTest>
#include <limits>

using namespace bitloom;

namespace {

constexpr int64_t kColumns = 256;
constexpr int64_t kRow = 5;

/// Eight rows of ordinary weights, but for one row that is larger.
std::shared_ptr<Model> modelWith(double magnitude)
{
    Matrix weights = gaussianMatrix(8, kColumns, 3);
    for (float& value : weights.row(kRow))
        value = static_cast<float>(value / 0.02 * magnitude);
    auto model = std::make_shared<Model>();
    addTensor(*model, "large", {8, kColumns}, weights, "f32", true);
    return model;
}

SlotChoice choiceOf(const Scheme& scheme, const char* method)
{
    SlotChoice choice;
    choice.scheme = scheme.id();
    choice.method = method;
    return choice;
}

/// ‖error‖ / ‖weights‖ of the large row.
double relativeError(const Model& model, const PackedTensor& packed)
{
    const Matrix original = model.tensorOf(model.graph.slots.front()).readRows(kRow, 1);
    Matrix decoded(1, kColumns);
    std::ranges::copy(packed.decode().row(kRow), decoded.values.begin());
    return std::sqrt(squaredDistance(original, decoded) /
                     squaredDistance(original, Matrix(1, kColumns)));
}

} // namespace

class TestLargeWeights : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void heldAsWellAsSmallOnesOrRefused_data();
    void heldAsWellAsSmallOnesOrRefused();
    void clippingMakesRoom();
    void clipsBeyondWhatIsHeldAreRefused();
    void clipsThatAreNoNumbersAreRefused();
    void aMinimumTooLargeIsRefused();
    void piecesAreRefusedToo();
};

void TestLargeWeights::heldAsWellAsSmallOnesOrRefused_data()
{
    QTest::addColumn<const void*>("scheme");
    for (const Scheme* scheme : schemes())
        if (scheme->accepts(kColumns))
            QTest::newRow(std::string(scheme->id()).c_str()) << static_cast<const void*>(scheme);
}

void TestLargeWeights::heldAsWellAsSmallOnesOrRefused()
{
    QFETCH(const void*, scheme);
    const Scheme& one = *static_cast<const Scheme*>(scheme);
    const auto small = modelWith(0.02);
    for (const char* method : {"nearest", "mse"}) {
        const SlotChoice choice = choiceOf(one, method);
        const double usual = relativeError(*small, TransformedModel(*small).encode(0, choice));
        int refused = 0;
        for (const double magnitude : {1e4, 1e5, 1e6, 1e8, 1e30}) {
            const auto model = modelWith(magnitude);
            PackedTensor packed;
            const QString sentence =
                refusal([&] { packed = TransformedModel(*model).encode(0, choice); });
            if (sentence.isEmpty()) {
                QCOMPARE(refused, 0); // what a smaller one was refused for
                const double error = relativeError(*model, packed);
                QVERIFY2(
                    error <= usual * (one.isPlain() ? 1.1 : 1.02) + 1e-6,
                    qPrintable(QString("%1: %2, usually %3").arg(magnitude).arg(error).arg(usual)));
                continue;
            }
            ++refused;
            QVERIFY2(sentence.startsWith("[quantize] large, row 5, column "), qPrintable(sentence));
            QVERIFY2(
                sentence.endsWith(
                    QString(", which %1 cannot hold").arg(QString::fromUtf8(choice.scheme.data()))),
                qPrintable(sentence));
        }
        const bool wide = one.isPlain() && one.id() != "f16";
        QCOMPARE(refused > 0, !wide);
    }
}

void TestLargeWeights::clippingMakesRoom()
{
    const auto model = modelWith(1e8);
    SlotChoice choice = choiceOf(schemeNamed("q8_0"), "mse");
    QVERIFY(!refusal([&] { TransformedModel(*model).encode(0, choice); }).isEmpty());
    choice.clipLow = -1000;
    choice.clipHigh = 1000;
    TransformedModel(*model).encode(0, choice);
}

void TestLargeWeights::clipsBeyondWhatIsHeldAreRefused()
{
    const auto model = modelWith(0.02);
    SlotChoice choice = choiceOf(schemeNamed("int2-row-sym"), "mse");
    choice.clipLow = 1e6;
    choice.clipHigh = 1e7;
    QVERIFY(refusal([&] {
                TransformedModel(*model).encode(0, choice);
            }).contains("large, row 0, column 0 is 1000000"));
    choice.clipLow = 1e300;
    choice.clipHigh = 1e300;
    QVERIFY(refusal([&] {
                TransformedModel(*model).encode(0, choice);
            }).contains("large, row 0, column 0 is inf"));
}

void TestLargeWeights::clipsThatAreNoNumbersAreRefused()
{
    const QString sentence = refusal([] {
        Recipe::fromJson(R"({"format": "bitloom-recipe", "version": 1,
            "slots": {"large": {"scheme": "q8_0", "clip_low": 1e999}}})");
    });
    QVERIFY2(sentence.contains("holds a number that is too large"), qPrintable(sentence));
    const auto model = modelWith(0.02);
    SlotChoice choice = choiceOf(schemeNamed("q8_0"), "mse");
    choice.clipLow = std::numeric_limits<double>::quiet_NaN();
    QVERIFY(refusal([&] { TransformedModel(*model).encode(0, choice); }).contains("is empty"));
}

void TestLargeWeights::aMinimumTooLargeIsRefused()
{
    auto model = std::make_shared<Model>();
    Matrix weights = gaussianMatrix(1, kColumns, 3);
    for (float& value : weights.values)
        value += 7e4F;
    addTensor(*model, "high", {1, kColumns}, weights, "f32", true);
    for (const char* id : {"q4_1", "q5_1"})
        QVERIFY(refusal([&] {
                    TransformedModel(*model).encode(0, choiceOf(schemeNamed(id), "mse"));
                }).contains(QString("high, row 0, column")));
}

void TestLargeWeights::piecesAreRefusedToo()
{
    const auto model = modelWith(1e30);
    const std::vector<RowPiece> pieces = {{kRow, 32}};
    QVERIFY(refusal([&] {
                encodePieces(TransformedModel(model), 0,
                             choiceOf(schemeNamed("int4-g32-sym"), "nearest"), pieces, 32);
            }).contains("large, row 5"));
}

QTEST_APPLESS_MAIN(TestLargeWeights)
#include "tst_large_weights.moc"
