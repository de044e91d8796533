// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/error.h"
#include "core/quantize/variant/gguf_tensors.h"
#include "core/quantize/variant/size.h"
#include "tests/core/quantize/hand_model.h"
#include "tests/test_data.h"

#include <QTemporaryDir>
#include <QTest>

#include <filesystem>

using namespace bitloom;

namespace {

Recipe randomRecipe(const Model& model, uint64_t seed)
{
    Recipe recipe;
    const Target& target = targetNamed(recipe.target);
    for (size_t i = 0; i < model.graph.slots.size(); ++i) {
        const Slot& slot = model.graph.slots[i];
        const auto offered = offeredSchemes(slot, target);
        const size_t pick = randomBits(seed, i) % (offered.size() + 1);
        if (slot.quantizable && pick < offered.size())
            recipe.slots[slot.name] = {std::string(offered[pick]->id()), "nearest", {}, {}, {}};
    }
    return recipe;
}

} // namespace

class TestSize : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void handModelByHand();
    void unknownArchitectureHasNoGguf();
    void predictedBytesAreWritten();
    void writtenTensorsAreTheEncodedSlots();
};

void TestSize::handModelByHand()
{
    const auto model = handModel();
    Recipe recipe;
    recipe.target = "safetensors";
    recipe.slots["embedding"] = {{"q4_k", "mse", {}, {}}, {}};
    recipe.slots["layers.0.up"] = {{"int3-g64-asym", "mse", {}, {}}, {}};
    const Size size = recipeSize(*model, recipe);
    // rows of 172: 65 bytes of codes, 3 scales, 3 zero points in 2 bytes
    QCOMPARE(size.quantizableBytes, 40 * 144 + 256 * (65 + 6 + 2) + 172 * 96 * 2);
    QCOMPARE(size.quantizableWeights, 40 * 256 + 256 * 172 + 172 * 96);
    QCOMPARE(size.fileBytes, size.quantizableBytes + 256 * 2);
    QCOMPARE(slotBytes(*model, model->graph.slots[1], "int4-g32-sym"), int64_t{256 * 98});
    QCOMPARE(slotBytes(*model, model->graph.slots[1], ""), int64_t{256 * 172 * 2});
    Recipe uniform;
    uniform.target = "safetensors";
    uniform.slots["embedding"] = {{"int4-g32-sym", "mse", {}, {}}, {}};
    QCOMPARE(slotBytes(*model, model->graph.slots[0], "int4-g32-sym") * 8.0 / (40 * 256), 4.5);
}

void TestSize::unknownArchitectureHasNoGguf()
{
    const auto model = handModel();
    QVERIFY_EXCEPTION_THROWN(recipeSize(*model, Recipe()), Error);
}

void TestSize::predictedBytesAreWritten()
{
    const auto model = openModel(sampleData());
    const SizeCalculator calculator(*model, targetNamed("gguf"));
    const GgufPlan plan = ggufPlan(*model);
    const QTemporaryDir folder;
    for (uint64_t seed = 0; seed < 20; ++seed) {
        const Recipe recipe = randomRecipe(*model, seed);
        const Size size = calculator.size(recipe);
        const auto tensors = ggufTensors(Variant(TransformedModel(model), recipe), plan);
        QCOMPARE(size.fileBytes, ggufBytes(plan.metadata, tensors));
        QCOMPARE(recipeSize(*model, recipe).fileBytes, size.fileBytes);
        if (seed % 5 != 0)
            continue;
        const std::string path = folder.filePath("model.gguf").toStdString();
        Progress progress;
        QVERIFY(writeGguf(path, plan.metadata, tensors, progress));
        QCOMPARE(static_cast<int64_t>(std::filesystem::file_size(path)), size.fileBytes);
    }
}

void TestSize::writtenTensorsAreTheEncodedSlots()
{
    const auto model = openModel(sampleData());
    const GgufPlan plan = ggufPlan(*model);
    const Recipe recipe = randomRecipe(*model, 99);
    const auto tensors = ggufTensors(Variant(TransformedModel(model), recipe), plan);
    int reordered = 0;
    for (size_t i = 0; i < plan.tensors.size(); ++i) {
        const Slot& slot = model->graph.slot(plan.tensors[i].slots.front());
        const Matrix written = tensors[i].produce().decode();
        const Matrix expected = TransformedModel(*model)
                                    .encode(plan.tensors[i].slots.front(), recipe.choice(slot.name))
                                    .decode();
        const auto& order = plan.tensors[i].rowOrder;
        reordered += order.empty() ? 0 : 1;
        QCOMPARE(written.rows, expected.rows);
        for (int64_t row = 0; row < written.rows; ++row) {
            const auto from = order.empty() ? row : order[static_cast<size_t>(row)];
            QVERIFY(std::ranges::equal(written.row(row), expected.row(from)));
        }
        if (!slot.quantizable)
            QCOMPARE(tensors[i].scheme, std::string("f32"));
    }
    QVERIFY(reordered > 0);
}

QTEST_GUILESS_MAIN(TestSize)
#include "tst_size.moc"
