// SPDX-License-Identifier: GPL-3.0-or-later
// Corrections of what codes leave: the closest of their rank before they are rounded, never worse
// than nothing on their objective, and as many bytes as is said.
#include "core/analyze/passes/input_moments.h"
#include "core/base/random.h"
#include "core/quantize/corrections/correction.h"
#include "core/quantize/recipe/recipe.h"
#include "core/quantize/variant/variant.h"
#include "tests/refusal.h"
#include "tests/test_data.h"

#include <QTest>

#include <bit>
#include <cmath>
#include <numeric>

using namespace bitloom;

namespace {

constexpr const char* kSlot = "model.layers.1.mlp.up_proj";

Matrix randomMatrix(int64_t rows, int64_t columns, uint64_t seed)
{
    Matrix result(rows, columns);
    for (size_t i = 0; i < result.values.size(); ++i)
        result.values[i] = static_cast<float>(randomNormal(seed, i));
    return result;
}

Matrix product(const Matrix& left, const Matrix& right)
{
    Matrix result(left.rows, right.columns);
    for (int64_t r = 0; r < left.rows; ++r)
        for (int64_t k = 0; k < left.columns; ++k)
            for (size_t c = 0; c < static_cast<size_t>(right.columns); ++c)
                result.row(r)[c] += left.row(r)[static_cast<size_t>(k)] * right.row(k)[c];
    return result;
}

Matrix difference(Matrix from, const Matrix& what)
{
    for (size_t i = 0; i < from.values.size(); ++i)
        from.values[i] -= what.values[i];
    return from;
}

/// The orthogonal columns u of a Hadamard matrix (Sylvester), [16, 16], each of length 1.
Matrix hadamard()
{
    Matrix result(16, 16);
    for (int r = 0; r < 16; ++r)
        for (int c = 0; c < 16; ++c)
            result.row(r)[static_cast<size_t>(c)] =
                (std::popcount(static_cast<unsigned>(r & c)) % 2 ? -1.0F : 1.0F) / 4;
    return result;
}

/// Singular values 16, 15, … 1.
Matrix withKnownValues()
{
    Matrix left = hadamard();
    for (int64_t r = 0; r < 16; ++r)
        for (size_t c = 0; c < 16; ++c)
            left.row(r)[c] *= 16 - static_cast<float>(c);
    return product(left, hadamard());
}

double rest(const Matrix& matrix, int64_t rank, const InverseFactor* inputs = nullptr,
            const InverseFactor* evaluate = nullptr)
{
    const LowRankFactors factors = closestOfRank(matrix, rank, inputs);
    return weightedSquares(difference(matrix, product(factors.left, factors.right)), evaluate);
}

InverseFactor correlated(int64_t width)
{
    const Matrix inputs =
        product(randomMatrix(4 * width, width / 4, 5), randomMatrix(width / 4, width, 6));
    Matrix moment(width, width);
    for (int64_t t = 0; t < inputs.rows; ++t)
        for (int64_t r = 0; r < width; ++r)
            for (size_t c = 0; c < static_cast<size_t>(width); ++c)
                moment.row(r)[c] += inputs.row(t)[static_cast<size_t>(r)] * inputs.row(t)[c];
    return inverseFactor(moment.view(), ColumnOrder::LeftToRight);
}

} // namespace

class TestCorrections : public QObject {
    Q_OBJECT

    std::shared_ptr<const Model> m_model;
    std::unique_ptr<TransformedModel> m_seen; ///< with what is known of its inputs
    int m_slot = -1;

    static Encoding corrected(const std::string& id, double rank)
    {
        return {"int3-g32-sym", "mse", {}, {}, CorrectionStep{id, {{"rank", rank}}}};
    }

private Q_SLOTS:
    void initTestCase()
    {
        m_model = openModel(sampleData());
        m_slot = m_model->graph.findSlot(kSlot);
        Progress progress;
        std::vector<Window> windows;
        for (int32_t first = 0; first < 8; ++first) {
            Window window;
            for (int32_t i = 0; i < 64; ++i)
                window.tokens.push_back(3 + (first * 61 + i * 17) % 400);
            windows.push_back(window);
        }
        m_seen = std::make_unique<TransformedModel>(
            m_model, measureInputMoments(m_model, windows, progress));
        QVERIFY(m_seen->inputs(m_slot) != nullptr);
    }

    /// What is left is the sum of the squares of the other singular values.
    void eckartYoung()
    {
        const Matrix matrix = withKnownValues();
        for (int64_t rank = 0; rank <= 16; ++rank) {
            double expected = 0;
            for (int64_t i = rank; i < 16; ++i)
                expected += std::pow(16.0 - static_cast<double>(i), 2);
            const double left = rank == 0 ? weightedSquares(matrix, nullptr) : rest(matrix, rank);
            QVERIFY2(std::abs(left - expected) < 1e-8 * 1496 + 1e-6 * expected,
                     qPrintable(QString("%1 %2").arg(left).arg(expected)));
        }
    }

    /// Of a matrix too large to find all its singular values: one that is of low rank is found
    /// whole, and of another what is left is hardly more than the least that can be.
    void largeMatricesAreNearlyAsClose()
    {
        const Matrix low = product(randomMatrix(600, 5, 1), randomMatrix(5, 700, 2));
        QVERIFY(rest(low, 5) < 1e-9 * weightedSquares(low, nullptr));
        Matrix noisy = low;
        const Matrix noise = randomMatrix(600, 700, 3);
        for (size_t i = 0; i < noisy.values.size(); ++i)
            noisy.values[i] += 0.1F * noise.values[i];
        QVERIFY(rest(noisy, 5) < 0.01 * weightedSquares(noise, nullptr));
        QVERIFY(rest(noisy, 8) < rest(noisy, 5));
    }

    /// The weighted form is closest in its own measure, the plain one in its.
    void eachIsClosestInItsOwnMeasure()
    {
        const InverseFactor inputs = correlated(32);
        const Matrix matrix = randomMatrix(24, 32, 7);
        for (const int64_t rank : {1, 4, 8, 16}) {
            QVERIFY(rest(matrix, rank, &inputs, &inputs) <
                    0.99 * rest(matrix, rank, nullptr, &inputs));
            QVERIFY(rest(matrix, rank, nullptr, nullptr) <
                    0.99 * rest(matrix, rank, &inputs, nullptr));
            QVERIFY(rest(matrix, rank, &inputs, &inputs) <
                        rest(matrix, rank == 1 ? 0 : rank / 2, &inputs, &inputs) ||
                    rank == 1);
        }
        QVERIFY(rest(matrix, 24, &inputs, &inputs) < 1e-9 * weightedSquares(matrix, &inputs));
    }

    /// tr(Δ H Δᵀ), by hand.
    void theMeasureIsTheOutputsError()
    {
        Matrix moment(2, 2);
        moment.values = {4, 1, 1, 3};
        InverseFactor inputs = inverseFactor(moment.view(), ColumnOrder::LeftToRight);
        Matrix error(1, 2);
        error.values = {2, -1};
        const double expected = 4 * (4 + inputs.damping) - 2 * 2 * 1 + 1 * (3 + inputs.damping);
        QVERIFY(std::abs(weightedSquares(error, &inputs) / expected - 1) < 1e-9);
    }

    /// Rows of the table, on a real slot: never worse than without on the objective, exact bytes,
    /// and the same for all rows at once as for some.
    void neverWorseThanWithout_data()
    {
        QTest::addColumn<QString>("id");
        for (const Correction& row : corrections())
            QTest::addRow("%s", std::string(row.id).c_str())
                << QString::fromStdString(std::string(row.id));
    }
    void neverWorseThanWithout()
    {
        QFETCH(QString, id);
        const Correction& row = correctionNamed(id.toStdString());
        const Slot& slot = m_model->graph.slot(m_slot);
        const Matrix source = m_seen->source(m_slot);
        const auto factor =
            row.needsInputs ? m_seen->inputs()->factor(m_slot, ColumnOrder::LeftToRight) : nullptr;
        Encoding base = corrected(id.toStdString(), 1);
        base.correction.reset();
        const auto left = [&](const Encoding& encoding) {
            return weightedSquares(difference(source, m_seen->encode(m_slot, encoding).decode()),
                                   factor.get());
        };
        double before = left(base);
        for (const double rank : {1.0, 8.0, 32.0}) {
            const Encoding encoding = corrected(id.toStdString(), rank);
            const PackedTensor packed = m_seen->encode(m_slot, encoding);
            const double now = left(encoding);
            QVERIFY2(now < before, qPrintable(QString("%1 %2").arg(now).arg(before)));
            before = now;
            QCOMPARE(packed.storedBytes(),
                     slotBytes(*m_model, slot, base.scheme, encoding.correction));
            QCOMPARE(packed.storedBytes() - slotBytes(*m_model, slot, base.scheme),
                     correctionBytes(encoding.correction, slot.rows, slot.columns));
            QCOMPARE(m_seen->encodeRows(m_slot, encoding, 3, 5).decode().values,
                     packed.decodeRows(3, 5).values);
        }
        // int8-row-sym: a byte a number and a half-precision scale a row.
        QCOMPARE(correctionBytes(corrected(id.toStdString(), 8).correction, 100, 300),
                 100 * (8 + 2) + 8 * (300 + 2));
    }

    /// Rounding the factors could cost more than they gain, where there is next to nothing to gain.
    void nothingIsAddedWhereItWouldHarm()
    {
        const Matrix exact(16, 32);
        const auto added = correctionNamed("lorc").fit(exact, nullptr, {"lorc", {{"rank", 8}}});
        Matrix sum(16, 32);
        added->addTo(sum.values, 0);
        QCOMPARE(sum.values, exact.values);
    }

    /// The inputs all go one way, in which the error does nothing; rounded factors would.
    void roundingThatWouldHarmIsLeftOut()
    {
        Matrix moment(32, 32);
        for (int64_t r = 0; r < 32; ++r)
            for (size_t c = 0; c < 32; ++c)
                moment.row(r)[c] = 1e4F + (static_cast<size_t>(r) == c ? 1e-2F : 0.0F);
        const InverseFactor inputs =
            inverseFactor(moment.view(), ColumnOrder::LeftToRight, /*damping=*/1e-7);
        Matrix error = randomMatrix(16, 32, 9);
        for (int64_t r = 0; r < 16; ++r) {
            const float mean = std::accumulate(error.row(r).begin(), error.row(r).end(), 0.0F) / 32;
            for (float& weight : error.row(r))
                weight -= mean;
        }
        const auto added =
            correctionNamed("lorc-weighted").fit(error, &inputs, {"lorc-weighted", {{"rank", 2}}});
        Matrix rest = error;
        added->addTo(rest.values, 0, -1);
        QVERIFY(weightedSquares(rest, &inputs) <= weightedSquares(error, &inputs));
    }

    /// However small the inputs are, both factors can be stored.
    void smallInputsAreNoReasonToRefuse()
    {
        Matrix moment(32, 32);
        for (int64_t i = 0; i < 32; ++i)
            moment.row(i)[static_cast<size_t>(i)] = 1e-32F;
        const InverseFactor inputs = inverseFactor(moment.view(), ColumnOrder::LeftToRight);
        const Matrix error = randomMatrix(16, 32, 9);
        const auto added =
            correctionNamed("lorc-weighted").fit(error, &inputs, {"lorc-weighted", {{"rank", 8}}});
        Matrix rest = error;
        added->addTo(rest.values, 0, -1);
        QVERIFY(weightedSquares(rest, &inputs) < 0.6 * weightedSquares(error, &inputs));
    }

    void recipesHoldCorrections()
    {
        Recipe recipe;
        recipe.target = "safetensors";
        const std::string down = "model.layers.1.mlp.down_proj";
        recipe.slots[kSlot].scheme = "int3-g32-sym";
        recipe.slots[down].scheme = "int3-g32-sym";
        applyCorrection(recipe, *m_model, ".*=lorc:rank=4");
        applyCorrection(recipe, *m_model, ".*up_proj=lorc-weighted");
        QCOMPARE(rowChoiceText(*recipe.choice(kSlot).correction), "lorc-weighted:rank=8");
        QCOMPARE(rowChoiceText(*recipe.choice(down).correction), "lorc:rank=4");
        QVERIFY(Recipe::fromJson(recipe.toJson()) == recipe);
        QVERIFY(recipe.needsCalibration());
        const Size with = recipeSize(*m_model, recipe);
        applyCorrection(recipe, *m_model, ".*=none");
        QVERIFY(!recipe.choice(kSlot).correction && !recipe.choice(down).correction);
        const Slot& slot = m_model->graph.slot(m_slot);
        const Size without = recipeSize(*m_model, recipe);
        QCOMPARE(with.quantizableBytes - without.quantizableBytes,
                 correctionBytes(parseCorrection("lorc:8"), slot.rows, slot.columns) +
                     correctionBytes(parseCorrection("lorc:4"), slot.columns, slot.rows));
        applyEdit(recipe, *m_model, {m_slot}, {{""}, {}});
        QVERIFY(!recipe.choice(kSlot).correction);
        applyEdit(recipe, *m_model, {m_slot}, {{"int3-g32-sym"}, {}});
        applyCorrection(recipe, *m_model, ".*up_proj=lorc");
        applyEdit(recipe, *m_model, {m_slot}, {{"f16"}, {}});
        QVERIFY(!recipe.choice(kSlot).correction);
    }

    void whatCannotBeIsRefusedByName()
    {
        Recipe recipe;
        recipe.target = "safetensors";
        const std::string table = "model.embed_tokens";
        recipe.slots[table].scheme = "int8-row-sym";
        QVERIFY(refusal([&] { applyCorrection(recipe, *m_model, ".*=lorc"); }).contains("embed"));
        recipe.slots[table].correction = parseCorrection("lorc");
        QVERIFY(QString::fromStdString(recipeProblem(recipe, *m_model)).contains("embed_tokens"));
        QVERIFY(refusal([&] {
                    m_seen->encode(m_model->graph.findSlot(table), recipe.choice(table).encoding());
                }).contains("embed_tokens"));
        recipe.slots[kSlot] = {};
        recipe.slots[kSlot].correction = parseCorrection("lorc");
        QVERIFY(refusal([&] { Recipe::fromJson(recipe.toJson()); }).contains("kept as stored"));
        QVERIFY(
            refusal([&] { applyCorrection(recipe, *m_model, ".*=rotate:3"); }).contains("lorc"));
        recipe.slots[kSlot] = {};
        recipe.slots[kSlot].scheme = "f16"; // floats leave nothing to correct
        QVERIFY(refusal([&] {
                    applyCorrection(recipe, *m_model, ".*up_proj=lorc");
                }).contains("in floats"));
        QVERIFY(refusal([&] {
                    applyCorrection(recipe, *m_model, "zebra=lorc");
                }).contains("matches no slot"));
        QVERIFY(refusal([&] { parseCorrection("lorc:8,rank=4"); }).contains("before"));
        QVERIFY(refusal([&] { parseCorrection("lorc:"); }).contains("name=number"));
        QVERIFY(refusal([&] { parseSet(".*=q4_0:nearest:3"); }).contains("name=number"));
        QVERIFY(refusal([&] { parseSet(".*=q4_kk:gptq:damping=0.05"); }).contains("q4_kk"));
        QVERIFY(refusal([&] { parseCorrection("lorc:0"); }).contains("between 1 and"));
        QVERIFY(refusal([&] { parseCorrection("lorc:1.5"); }).contains("whole number"));
        QVERIFY(refusal([&] { parseCorrection("lorc:depth=2"); }).contains("depth"));
        QVERIFY(refusal([&] {
                    TransformedModel(m_model).encode(m_slot, corrected("lorc-weighted", 8));
                }).contains("calibration text"));
    }
};

QTEST_GUILESS_MAIN(TestCorrections)
#include "tst_corrections.moc"
