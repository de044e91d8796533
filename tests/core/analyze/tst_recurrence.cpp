// SPDX-License-Identifier: GPL-3.0-or-later
// Spectral norms of known matrices, and hidden states that drift.
#include "core/analyze/statistics/recurrence.h"
#include "core/quantize/variant/variant.h"
#include "tests/core/network/tiny_llama.h"
#include "tests/core/network/tiny_lstm.h"

#include <QTemporaryDir>
#include <QtTest>

using namespace bitloom;

namespace {

Matrix matrix(int64_t rows, int64_t columns, std::vector<float> values)
{
    Matrix result(rows, columns);
    result.values = std::move(values);
    return result;
}

/// The hidden matrices of the second layer in few bits.
Recipe coarse(const Model& model, const std::string& scheme)
{
    Recipe recipe;
    recipe.target = "safetensors";
    for (const int slot : hiddenMatrices(model.graph))
        if (const Slot& place = model.graph.slot(slot); place.block == 1)
            recipe.slots[place.name].scheme = scheme;
    return recipe;
}

} // namespace

class TestRecurrence : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;
    std::shared_ptr<const Model> m_model;

    double lastError(const std::string& scheme, size_t layer) const
    {
        const OriginalWeights weights(m_model);
        const Variant changed(TransformedModel(m_model), coarse(*m_model, scheme));
        const auto original = makeTorchEngine(m_model, weights, {.threads = 1});
        const auto quantized = makeTorchEngine(m_model, changed, {.threads = 1});
        const std::vector<Window> windows = {{{4, 8, 15, 16, 23, 42}, 1}, {{1, 2, 3}, 1}};
        Progress progress;
        const Recurrence recurrence =
            hiddenDrifts(m_model->graph, *original, *quantized, windows, progress);
        if (recurrence.windows != 2 || !recurrence.complete || recurrence.drifts.size() != 2 ||
            recurrence.drifts[layer].byStep.size() != 6)
            return -1;
        return recurrence.drifts[layer].byStep.back();
    }

private Q_SLOTS:
    void initTestCase()
    {
        TinyLstm().write(m_folder.filePath("tiny").toStdString());
        m_model = openModel(m_folder.filePath("tiny").toStdString());
    }

    void normsAreThoseOfAlgebra()
    {
        QCOMPARE(spectralNorm(matrix(2, 2, {3, 0, 0, -7})), 7.0);
        QCOMPARE(spectralNorm(matrix(1, 3, {2, -3, 6})), 7.0);
        QCOMPARE(spectralNorm(Matrix(3, 4)), 0.0);
        // [[4, 0], [3, −5]]: singular values √40 and √10.
        QVERIFY(std::abs(spectralNorm(matrix(2, 2, {4, 0, 3, -5})) - std::sqrt(40.0)) < 1e-6);
        // A rotation stretches nothing.
        QVERIFY(std::abs(spectralNorm(matrix(2, 2, {0.6F, -0.8F, 0.8F, 0.6F})) - 1) < 1e-6);
    }

    void hiddenMatricesAreThoseOfTheCells()
    {
        const std::vector<int> slots = hiddenMatrices(m_model->graph);
        QCOMPARE(slots.size(), size_t{8});
        for (const int slot : slots)
            QVERIFY(m_model->graph.slot(slot).name.find("weight_hh") != std::string::npos);
        TinyLlama().write(m_folder.filePath("llama").toStdString());
        QVERIFY(hiddenMatrices(openModel(m_folder.filePath("llama").toStdString())->graph).empty());
    }

    /// Fewer bits drift further; the layer below them does not drift at all.
    void statesDriftWithTheBits()
    {
        QCOMPARE(lastError("f32", 1), 0.0);
        QCOMPARE(lastError("int3-g32-sym", 0), 0.0);
        const double eight = lastError("int8-g32-sym", 1);
        const double four = lastError("int4-g32-sym", 1);
        const double two = lastError("int2-g32-asym", 1);
        QVERIFY2(0 < eight && 4 * eight < four && four < two && two < 1,
                 qPrintable(QString("%1 %2 %3").arg(eight).arg(four).arg(two)));
    }

    /// State at the first step is zero: only what follows feels the hidden matrices.
    void theFirstStepFeelsNothing()
    {
        const OriginalWeights weights(m_model);
        const Variant changed(TransformedModel(m_model), coarse(*m_model, "int2-g32-asym"));
        const auto original = makeTorchEngine(m_model, weights, {.threads = 1});
        const auto quantized = makeTorchEngine(m_model, changed, {.threads = 1});
        Progress progress;
        const Recurrence recurrence =
            hiddenDrifts(m_model->graph, *original, *quantized, {{{7, 8}, 1}}, progress);
        QCOMPARE(recurrence.drifts[1].byStep.front(), 0.0);
        QVERIFY(recurrence.drifts[1].byStep.back() > 0);
    }
};

QTEST_APPLESS_MAIN(TestRecurrence)
#include "tst_recurrence.moc"
