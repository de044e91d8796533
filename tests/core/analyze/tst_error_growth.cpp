// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analyze/statistics/error_growth.h"
#include "core/quantize/variant/variant.h"
#include "tests/core/analyze/fakes.h"
#include "tests/core/network/tiny_models.h"

#include <QTemporaryDir>
#include <QtTest>

using namespace bitloom;

namespace {

const std::vector<Window> kWindows = {{{4, 8, 15, 16, 23, 42}, 1}, {{1, 2, 3}, 1}};

/// Slots of a block and behind it in the scheme.
Recipe coarseFrom(const Model& model, int block, const std::string& scheme)
{
    Recipe recipe;
    recipe.target = "safetensors";
    for (const Slot& slot : model.graph.slots)
        if (slot.quantizable && slot.block >= block)
            recipe.slots[slot.name].scheme = scheme;
    return recipe;
}

struct Pair {
    explicit Pair(const std::shared_ptr<const Model>& model, const Recipe& recipe)
        : original(makeTorchEngine(model, OriginalWeights(model), {.threads = 1}))
        , quantized(
              makeTorchEngine(model, Variant(TransformedModel(model), recipe), {.threads = 1}))
    {
    }
    std::unique_ptr<Engine> original;
    std::unique_ptr<Engine> quantized;
};

ErrorGrowth growthOf(const std::shared_ptr<const Model>& model, const Recipe& recipe)
{
    const Pair engines(model, recipe);
    Progress progress;
    return errorGrowth(model->graph, *engines.original, *engines.quantized, kWindows, progress);
}

} // namespace

class TestErrorGrowth : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;

    std::shared_ptr<const Model> tiny(const Architecture& architecture) const
    {
        const std::string path =
            m_folder.filePath(QString::fromUtf8(architecture.id.data())).toStdString();
        tinyModel(architecture).write(path);
        return openModel(path);
    }

private Q_SLOTS:
    void everyArchitectureHasItsBlocksInOrder_data()
    {
        QTest::addColumn<int>("index");
        for (size_t i = 0; i < architectures().size(); ++i)
            QTest::newRow(architectures()[i].id.data()) << int(i);
    }

    /// The blocks before the first change have no error, those behind it one that falls with the
    /// bits.
    void everyArchitectureHasItsBlocksInOrder()
    {
        QFETCH(int, index);
        const auto model = tiny(architectures()[static_cast<size_t>(index)]);
        const int last = model->graph.blocks - 1;
        QVERIFY(last > 0);
        const ErrorGrowth four = growthOf(model, coarseFrom(*model, last, "int4-g32-sym"));
        const ErrorGrowth eight = growthOf(model, coarseFrom(*model, last, "int8-g32-sym"));
        QVERIFY(four.complete);
        QCOMPARE(four.windows, 2);
        int block = 0;
        for (size_t i = 0; i < four.segments.size(); ++i) {
            const SegmentError& part = four.segments[i];
            const bool changed = block == last + 1 || part.block == last;
            QCOMPARE(part.sqnr.has_value(), changed);
            if (changed)
                QVERIFY2(*eight.segments[i].sqnr > *part.sqnr + 15 && *part.sqnr > 0,
                         qPrintable(QString("%1 %2").arg(*part.sqnr).arg(*eight.segments[i].sqnr)));
            if (part.block >= 0)
                QCOMPARE(part.block, block++);
        }
        QCOMPARE(block, last + 1);
        QCOMPARE(four.segments.back().value, model->graph.programs.front().output);
    }

    /// The output's ratio, from the outputs themselves.
    void theRatioIsThatOfThePowers()
    {
        const auto model = tiny(architectures().front());
        const Recipe recipe = coarseFrom(*model, -1, "int3-g32-sym");
        const Pair engines(model, recipe);
        double signal = 0;
        double noise = 0;
        for (const Window& window : kWindows) {
            TextBatch text;
            text.add(window.tokens);
            const Matrix before = engines.original->encode(text);
            const Matrix after = engines.quantized->encode(text);
            for (size_t i = 0; i < before.values.size(); ++i) {
                signal += std::pow(before.values[i], 2);
                noise += std::pow(double(after.values[i]) - before.values[i], 2);
            }
        }
        const ErrorGrowth growth = growthOf(model, recipe);
        QVERIFY(std::abs(*growth.segments.back().sqnr - 10 * std::log10(signal / noise)) < 1e-6);
        QVERIFY(growth.segments.front().sqnr.has_value());
    }

    void stoppingKeepsWholeWindows()
    {
        const auto model = tiny(architectures().front());
        const Pair engines(model, coarseFrom(*model, 0, "int3-g32-sym"));
        StopAfter progress(1);
        const ErrorGrowth growth =
            errorGrowth(model->graph, *engines.original, *engines.quantized, kWindows, progress);
        QVERIFY(!growth.complete);
        QCOMPARE(growth.windows, 1);
        QVERIFY(growth.segments.back().sqnr.has_value());
    }
};

QTEST_APPLESS_MAIN(TestErrorGrowth)
#include "tst_error_growth.moc"
