// SPDX-License-Identifier: GPL-3.0-or-later
// A scheme that keeps parameters of the slot and codes of several weights, through methods, models
// and exports: whichever rows are asked for, they are encoded by the parameters of all.
#include "core/quantize/export/export_plan.h"
#include "core/quantize/methods/encode_rows.h"
#include "core/quantize/methods/method.h"
#include "core/quantize/recipe/recipe.h"
#include "core/quantize/variant/can_hold.h"
#include "core/quantize/variant/encode_pieces.h"
#include "core/quantize/variant/gguf_tensors.h"
#include "core/quantize/variant/safetensors_tensors.h"
#include "tests/core/quantize/hand_model.h"
#include "tests/core/vector_scheme.h"
#include "tests/refusal.h"

#include <QTemporaryDir>
#include <QtTest>

#include <limits>

using namespace bitloom;

namespace {

constexpr int kUp = 1; ///< the slot of 256 rows of 172

SlotChoice choiceOf(const Scheme& scheme, const char* method)
{
    SlotChoice choice;
    choice.scheme = scheme.id();
    choice.method = method;
    return choice;
}

/// E[x xᵀ] of inputs in which neighbours move together, or do not.
Matrix moment(int64_t width, double correlation)
{
    Matrix result(width, width);
    const auto size = [](int64_t i) { return i % 13 == 5 ? 3.0 : 0.5 + 0.1 * (i % 7); };
    for (int64_t i = 0; i < width; ++i)
        for (int64_t j = 0; j < width; ++j)
            result.row(i)[static_cast<size_t>(j)] = static_cast<float>(
                size(i) * size(j) * std::pow(correlation, static_cast<double>(std::abs(i - j))));
    return result;
}

/// tr(ΔW A ΔWᵀ).
double outputError(const Matrix& weights, const Matrix& decoded, const Matrix& inputs)
{
    double sum = 0;
    for (int64_t row = 0; row < weights.rows; ++row)
        for (int64_t i = 0; i < weights.columns; ++i)
            for (int64_t j = 0; j < weights.columns; ++j) {
                const auto delta = [&](int64_t column) {
                    const auto at = static_cast<size_t>(column);
                    return static_cast<double>(weights.row(row)[at]) - decoded.row(row)[at];
                };
                sum += delta(i) * delta(j) * inputs.row(i)[static_cast<size_t>(j)];
            }
    return sum;
}

PackedTensor byGptq(const Scheme& scheme, const Matrix& weights, const Matrix& inputs)
{
    const InverseFactor factor = inverseFactor(inputs.view(), ColumnOrder::LeftToRight);
    return encodeMatrix(scheme, methodNamed("gptq"), weights.view(), &factor);
}

PackedTensor byMse(const Scheme& scheme, const Matrix& weights)
{
    return encodeMatrix(scheme, methodNamed("mse"), weights.view());
}

} // namespace

class TestSlotParameters : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void gptqOfUncorrelatedInputsIsNearest_data() { addDimensions(); }
    void gptqOfUncorrelatedInputsIsNearest();
    void gptqMakesOutputsBetter_data() { addDimensions(); }
    void gptqMakesOutputsBetter();
    void gptqMakesErrorsOfNeighboursGood();
    void gptqIsTheAlgorithmWithoutItsBlocks_data() { addDimensions(); }
    void gptqIsTheAlgorithmWithoutItsBlocks();
    void columnsThatShareACodeStayTogether();
    void bytesDoNotDependOnThreads();
    void rowsAreEncodedByTheParametersOfAll();
    void parametersAreFittedOnce();
    void piecesAreEncodedAsWithinTheirSlot();
    void weightsThatCannotBeHeldAreNamed();
    void slotsCountTheirParameters();
    void safetensorsHoldsWhatItDecodesTo();
    void ggufRefusesItByName();

private:
    static void addDimensions()
    {
        QTest::addColumn<int>("dimension");
        for (const int dimension : {2, 4, 8})
            QTest::addRow("%d", dimension) << dimension;
    }
};

void TestSlotParameters::gptqOfUncorrelatedInputsIsNearest()
{
    QFETCH(const int, dimension);
    const VectorScheme scheme(dimension, 7);
    for (const Matrix& weights : {gaussianMatrix(9, 328, 1), heavyMatrix(5, 64, 2)}) {
        const PackedTensor gptq = byGptq(scheme, weights, moment(weights.columns, 0));
        QVERIFY(bytesOf(gptq) == bytesOf(byMse(scheme, weights)));
    }
}

void TestSlotParameters::gptqMakesOutputsBetter()
{
    QFETCH(const int, dimension);
    const VectorScheme scheme(dimension, 7);
    const Matrix weights = gaussianMatrix(16, 256, 3);
    const Matrix inputs = moment(256, 0.95);
    const double nearest = outputError(weights, byMse(scheme, weights).decode(), inputs);
    const double gptq = outputError(weights, byGptq(scheme, weights, inputs).decode(), inputs);
    QVERIFY2(gptq < 0.85 * nearest, qPrintable(QString::number(gptq / nearest)));
}

/// The first pair takes its nearest level; the second that of what is left once both errors of the
/// first are made good: δ₂ = −H₂₂⁻¹ H₂₁ δ₁.
void TestSlotParameters::gptqMakesErrorsOfNeighboursGood()
{
    const VectorScheme scheme(2, 4);
    const Matrix weights = gaussianMatrix(30, 4, 4);
    const Matrix inputs = moment(4, 0.9);
    const Matrix mse = byMse(scheme, weights).decode();
    const Matrix gptq = byGptq(scheme, weights, inputs).decode();
    const double damping = inverseFactor(inputs.view(), ColumnOrder::LeftToRight).damping;
    const PackedTensor packed = byMse(scheme, weights);
    const auto h = [&](int64_t i, size_t j) {
        return inputs.row(i)[j] + (static_cast<size_t>(i) == j ? damping : 0);
    };
    const double determinant = h(2, 2) * h(3, 3) - h(2, 3) * h(3, 2);
    for (int64_t row = 0; row < 30; ++row) {
        const auto w = weights.row(row);
        const auto got = gptq.row(row);
        QVERIFY(std::equal(got.begin(), got.begin() + 2, mse.row(row).begin()));
        const double a = h(2, 0) * (w[0] - got[0]) + h(2, 1) * (w[1] - got[1]);
        const double b = h(3, 0) * (w[0] - got[0]) + h(3, 1) * (w[1] - got[1]);
        const std::vector<float> wanted = {
            static_cast<float>(w[2] + (h(3, 3) * a - h(2, 3) * b) / determinant),
            static_cast<float>(w[3] + (h(2, 2) * b - h(3, 2) * a) / determinant)};
        Grid grid = scheme.gridOf(packed.parameters(), 1, 4);
        std::vector<Code> codes(2);
        scheme.unpack(packed.row(row), 1, 4, grid, codes);
        std::vector<float> nearest(2);
        nearestCodes(groupParameters(grid, 0, 0), grid, wanted, codes);
        decodeCodes(groupParameters(grid, 0, 0), grid, std::span(codes).first(1), nearest);
        QVERIFY(std::equal(nearest.begin(), nearest.end(), got.begin() + 2));
    }
}

/// Every error is made good in all columns behind it, also beyond those that are kept together.
void TestSlotParameters::gptqIsTheAlgorithmWithoutItsBlocks()
{
    QFETCH(const int, dimension);
    const VectorScheme scheme(dimension, 5);
    const int64_t width = 328;
    const Matrix weights = gaussianMatrix(6, width, 8);
    const Matrix inputs = moment(width, 0.9);
    const InverseFactor factor = inverseFactor(inputs.view(), ColumnOrder::LeftToRight);
    const PackedTensor packed = byGptq(scheme, weights, inputs);
    const Matrix decoded = packed.decode();
    Grid grid = scheme.gridOf(packed.parameters(), 1, width);
    for (int64_t row = 0; row < weights.rows; ++row) {
        std::vector<double> left(weights.row(row).begin(), weights.row(row).end());
        for (int64_t place = 0; place < width; place += dimension) {
            const auto wanted = [&](int64_t count) {
                const auto first = left.begin() + place;
                return std::vector<float>(first, first + std::min(count, width - place));
            };
            if (place % grid.groupSize == 0)
                scheme.fitBlock(wanted(grid.groupSize), RangeSearch::SquaredError, grid, 0, place);
            Code code = 0;
            std::vector<float> chosen(static_cast<size_t>(dimension));
            const GroupParameters group = groupParameters(grid, 0, place / grid.groupSize);
            nearestCodes(group, grid, wanted(dimension), {&code, 1});
            decodeCodes(group, grid, {&code, 1}, chosen);
            for (int64_t at = place; at < place + dimension; ++at) {
                const float found = chosen[static_cast<size_t>(at - place)];
                QCOMPARE(decoded.row(row)[static_cast<size_t>(at)], found);
                const double error = (left[static_cast<size_t>(at)] - found) / factor.row(at)[at];
                for (int64_t behind = at + 1; behind < width; ++behind)
                    left[static_cast<size_t>(behind)] -= error * factor.row(at)[behind];
            }
        }
    }
}

void TestSlotParameters::columnsThatShareACodeStayTogether()
{
    const VectorScheme scheme(2, 4);
    const Matrix weights = gaussianMatrix(3, 32, 5);
    const InverseFactor factor = inverseFactor(moment(32, 0.9).view(), ColumnOrder::LargestFirst);
    const QString said =
        refusal([&] { encodeMatrix(scheme, methodNamed("gptq-order"), weights.view(), &factor); });
    QVERIFY2(said.contains("vector2x4") && said.contains("order"), qPrintable(said));
}

void TestSlotParameters::bytesDoNotDependOnThreads()
{
    const VectorScheme scheme(2, 6);
    const Matrix weights = gaussianMatrix(300, 256, 6); // several pieces of work
    const PackedTensor packed = byMse(scheme, weights);
    for (const int threads : {1, 3}) {
        std::vector<std::byte> rows(packed.rowsOf(0, 300).size());
        encodeRows(scheme, weights.view(), RangeSearch::SquaredError, threads, rows,
                   packed.parameters());
        QVERIFY(std::ranges::equal(rows, packed.rowsOf(0, 300)));
    }
}

void TestSlotParameters::rowsAreEncodedByTheParametersOfAll()
{
    const VectorScheme scheme(2, 9);
    const ExtraScheme extra(scheme);
    const auto model = handModel();
    for (const char* method : {"nearest", "mse"}) {
        const SlotChoice choice = choiceOf(scheme, method);
        const PackedTensor whole = TransformedModel(*model).encode(kUp, choice);
        const Slot& slot = model->graph.slot(kUp);
        const Matrix weights = model->tensorOf(slot).read();
        QVERIFY(bytesOf(whole) ==
                bytesOf(encodeMatrix(scheme, methodNamed(method), weights.view())));
        for (const auto& [first, count] :
             {std::pair<int64_t, int64_t>{0, 256}, {3, 1}, {100, 77}}) {
            // A model of its own: nothing is remembered of the whole.
            const PackedTensor some =
                TransformedModel(*model).encodeRows(kUp, choice, first, count);
            QVERIFY(std::ranges::equal(some.parameters(), whole.parameters()));
            QVERIFY(std::ranges::equal(some.rowsOf(0, count), whole.rowsOf(first, count)));
            const Matrix decoded = some.decode();
            QVERIFY(decoded.values == whole.decodeRows(first, count).values);
        }
    }
}

void TestSlotParameters::parametersAreFittedOnce()
{
    const VectorScheme scheme(2, 9);
    const ExtraScheme extra(scheme);
    const auto model = handModel();
    const TransformedModel transformed(*model);
    const TransformedModel copy = transformed;
    const SlotChoice choice = choiceOf(scheme, "mse");
    transformed.encodeRows(kUp, choice, 3, 1);
    copy.encodeRows(kUp, choice, 100, 5);
    copy.encode(kUp, choice);
    QCOMPARE(scheme.fits.load(), 1);
    SlotChoice clipped = choice; // what is fitted is what is encoded
    clipped.clipHigh = 0.01;
    QVERIFY(*transformed.parameters(kUp, clipped) != *transformed.parameters(kUp, choice));
    QCOMPARE(scheme.fits.load(), 2);
    QVERIFY(transformed.parameters(kUp, choiceOf(schemeNamed("q8_0"), "mse"))->empty());
}

void TestSlotParameters::piecesAreEncodedAsWithinTheirSlot()
{
    const VectorScheme scheme;
    const ExtraScheme extra(scheme);
    const auto model = handModel();
    const TransformedModel transformed(*model);
    const int embedding = 0;                     // rows of 256
    for (const char* method : {"mse", "gptq"}) { // without inputs, as its baseline
        const SlotChoice choice = choiceOf(scheme, method);
        const int64_t columns = pieceColumns(transformed, embedding, choice, 64);
        QCOMPARE(columns, 64);
        const std::vector<RowPiece> places = {{0, 0}, {39, 192}, {7, 64}};
        const EncodedPieces pieces = encodePieces(transformed, embedding, choice, places, columns);
        const Matrix whole = transformed.encode(embedding, choiceOf(scheme, "mse")).decode();
        for (size_t i = 0; i < places.size(); ++i)
            QVERIFY(
                std::ranges::equal(pieces.changed.row(static_cast<int64_t>(i)),
                                   std::span<const float>(whole.row(places[i].row))
                                       .subspan(static_cast<size_t>(places[i].firstColumn), 64)));
    }
}

void TestSlotParameters::weightsThatCannotBeHeldAreNamed()
{
    const VectorScheme scheme;
    const ExtraScheme extra(scheme);
    const SlotChoice choice = choiceOf(scheme, "mse");
    for (const float bad : {std::numeric_limits<float>::quiet_NaN(), 1e5F}) {
        Matrix weights = gaussianMatrix(8, 64, 7);
        weights.row(5)[9] = bad;
        Model model;
        addTensor(model, "bad", {8, 64}, weights, "f32", true);
        QVERIFY(!canHold(TransformedModel(model), 0, choice));
        const QString said = // of rows that are sound: the parameters are of all
            refusal([&] { TransformedModel(model).encodeRows(0, choice, 0, 2); });
        QVERIFY2(said.contains("bad, row 5, column 9") && said.contains("vector2x10"),
                 qPrintable(said));
    }
    QVERIFY(canHold(TransformedModel(*handModel()), kUp, choice));
}

void TestSlotParameters::slotsCountTheirParameters()
{
    const VectorScheme scheme;
    const ExtraScheme extra(scheme);
    const auto model = handModel();
    const Slot& slot = model->graph.slot(kUp);
    const int64_t bytes = slotBytes(*model, slot, std::string(scheme.id()));
    QCOMPARE(bytes, int64_t{4096 + 256 * (108 + 6)});
    const PackedTensor packed = TransformedModel(*model).encode(kUp, choiceOf(scheme, "nearest"));
    QCOMPARE(static_cast<int64_t>(packed.bytes.size()), bytes);
    // Kept in a file as such, its rows are found behind them, also by a list.
    StoredTensor stored = model->checkpoint.tensors[kUp];
    stored.scheme = &scheme;
    stored.bytes = packed.bytes;
    const Matrix whole = packed.decode();
    QVERIFY(stored.read().values == whole.values);
    QVERIFY(bytesOf(stored.packed()) == bytesOf(packed));
    QVERIFY(stored.packedRows(7, 2).decode().values == packed.decodeRows(7, 2).values);
    QCOMPARE(stored.storedBytes(), bytes);
    for (const StoredTensor& some : {stored.part(200, 2), stored.listed({200, 201})}) {
        QVERIFY(std::ranges::equal(some.read().row(1), whole.row(201)));
        QVERIFY(std::ranges::equal(some.packedRows(1, 1).decode().row(0), whole.row(201)));
    }
}

void TestSlotParameters::safetensorsHoldsWhatItDecodesTo()
{
    const VectorScheme scheme(2, 9);
    const ExtraScheme extra(scheme);
    const auto model = handModel();
    Recipe recipe;
    recipe.target = "safetensors";
    recipe.slots["layers.0.up"] = choiceOf(scheme, "mse");
    const Variant variant(TransformedModel(model), recipe);
    const auto tensors = safetensorsPlan(variant).tensors;
    const auto up = std::ranges::find(tensors, "layers.0.up.weight", &TensorToWrite::name);
    QCOMPARE(up->scheme, std::string("f32"));
    const Matrix written = up->produce().decode();
    QVERIFY(written.values == variant.slot(kUp).decode().values);
}

void TestSlotParameters::ggufRefusesItByName()
{
    const VectorScheme scheme;
    const ExtraScheme extra(scheme);
    const auto model = handModel();
    QVERIFY(!targetNamed("gguf").holds(scheme));
    Recipe recipe;
    recipe.target = "gguf";
    recipe.slots["layers.0.up"] = choiceOf(scheme, "mse");
    QVERIFY(recipeProblem(recipe, *model).find("vector2x10 for layers.0.up") != std::string::npos);
    // Writers refuse its bytes, whoever brings them.
    const QTemporaryDir folder;
    const std::vector<TensorToWrite> tensors = {{"w", {256, 172}, std::string(scheme.id()), [&] {
                                                     return TransformedModel(*model).encode(
                                                         kUp, choiceOf(scheme, "mse"));
                                                 }}};
    Progress progress;
    const std::string path = folder.filePath("w").toStdString();
    for (const QString& said : {refusal([&] { writeGguf(path, {}, tensors, progress); }),
                                refusal([&] { writeSafetensors(path, tensors, {}, progress); })})
        QVERIFY2(said.contains("vector2x10"), qPrintable(said));
}

QTEST_GUILESS_MAIN(TestSlotParameters)
#include "tst_slot_parameters.moc"
