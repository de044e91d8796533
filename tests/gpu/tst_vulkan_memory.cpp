// SPDX-License-Identifier: GPL-3.0-or-later
// What the engine is said to hold, from shapes alone, is what it holds.
#include "core/quantize/variant/variant.h"
#include "core/workbench/settings/run_memory.h"
#include "gpu/device/device.h"
#include "gpu/run/run_memory.h"
#include "tests/core/network/tiny_models.h"
#include "tests/gpu/device_test.h"
#include "tests/test_data.h"

#include <QTemporaryDir>

using namespace bitloom;

namespace {

#ifdef BITLOOM_SANITIZED // slow: some of every kind must do
constexpr size_t kSchemeStep = 7;
#else
constexpr size_t kSchemeStep = 1;
#endif

int64_t weightBytes(const EngineMemory& memory, const Model& model, const WeightSource& weights)
{
    int64_t sum = 0;
    for (int slot = 0; slot < static_cast<int>(model.graph.slots.size()); ++slot)
        sum += memory.slotBytes(model.graph, slot, *weights.slot(slot).scheme);
    return sum;
}

/// Texts of every length that the engine records for, then one token more.
void runTexts(Engine& engine, const Graph& graph, int64_t positions)
{
    if (graph.readsWholeTexts()) {
        for (const int64_t length : {int64_t{1}, int64_t{17}, int64_t{65}, positions})
            if (length <= positions) {
                TextBatch batch;
                batch.add(std::vector<int32_t>(static_cast<size_t>(length), 0));
                engine.encode(batch);
            }
        return;
    }
    const std::vector<int32_t> tokens(static_cast<size_t>(positions), 0);
    const auto sequence = engine.newSequence(positions);
    for (const int64_t length : {int64_t{1}, int64_t{2}, int64_t{17}, positions}) {
        if (length > positions)
            continue;
        sequence->clear();
        engine.run(*sequence, std::span(tokens).first(static_cast<size_t>(length)), Rows::Last);
    }
}

} // namespace

class VulkanMemoryTest : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;

    std::vector<std::string> models()
    {
        std::vector<std::string> paths;
#ifndef BITLOOM_SANITIZED
        paths.push_back(sampleData());
#endif
        for (const Architecture& architecture : architectures()) {
            paths.push_back(m_folder.filePath(QString::fromUtf8(architecture.id)).toStdString());
            tinyModel(architecture).write(paths.back());
        }
        return paths;
    }

private Q_SLOTS:
    void initTestCase()
    {
        BITLOOM_REQUIRE_VULKAN();
    }

    /// Every scheme (some on the sample, which takes time), whole and in slabs of some rows.
    void weightsTakeWhatTheirShapesSay()
    {
        for (const std::string& path : models()) {
            const std::shared_ptr<const Model> model = openModel(path);
            for (size_t i = 0; i < schemes().size(); i += path == sampleData() ? 5 : kSchemeStep) {
                const Scheme* scheme = schemes()[i];
                const EncodedWeights weights(model, *scheme);
                if (weights.encodedSlots() == 0)
                    continue;
                VulkanOptions options;
                options.maxSlabBytes = scheme->bits() % 2 == 0 ? 0 : 9000;
                const auto memory = vulkanMemory(options);
                QCOMPARE(weightBytes(*memory, *model, weights),
                         makeVulkanEngine(model, weights, options)->weightBytes());
            }
        }
    }

    /// All that is alive on the device: weights, states, values, what goes in and what comes out.
    void aRunningNetworkTakesWhatItsBillSays()
    {
        const auto memory = vulkanMemory({});
        for (const std::string& path : models()) {
            const std::shared_ptr<const Model> model = openModel(path);
            const Graph& graph = model->graph;
            const EncodedWeights weights(model, schemeNamed("f16"));
            const auto other = makeVulkanEngine(model, weights, {}); // keeps what they share
            const std::shared_ptr<Device> device = Device::open({});
            for (const int64_t wanted : {1, 16, 17, 200}) {
                const int64_t positions = std::min(wanted, graph.contextLength);
                const int64_t before = device->heldBytes();
                const auto engine = makeVulkanEngine(model, weights, {});
                runTexts(*engine, graph, positions);
                const int64_t held = device->heldBytes() - before;
                QVERIFY2(held > 0, path.c_str());
                const int64_t said = weightBytes(*memory, *model, weights) +
                                     memory->stateBytes(graph, positions) +
                                     memory->activationBytes(graph, positions, 0);
                QVERIFY2(said == held, qPrintable(QString("%1 at %2: said %3, held %4")
                                                      .arg(path.c_str())
                                                      .arg(positions)
                                                      .arg(said)
                                                      .arg(held)));
            }
        }
    }

    /// The same of a network with corrections, which multiply twice more and put what is between
    /// somewhere; it computes what Torch does.
    void correctedNetworksTakeWhatTheirBillSays()
    {
        const std::shared_ptr<const Model> model = openModel(sampleData());
        Recipe recipe;
        recipe.target = "safetensors";
        for (const Slot& slot : model->graph.slots)
            if (slot.quantizable)
                recipe.slots[slot.name] = {{"int4-g32-sym", "nearest", {}, {}}, {}};
        applyCorrection(recipe, *model, ".*proj=lorc:4");
        applyCorrection(recipe, *model, ".*down_proj=lorc:40");
        const Variant variant(TransformedModel(model), recipe);
        const auto memory = vulkanMemory({});
        const auto other = makeVulkanEngine(model, OriginalWeights(model), {});
        const std::shared_ptr<Device> device = Device::open({});
        for (const int64_t positions : {1, 17, 200}) {
            const int64_t before = device->heldBytes();
            const auto engine = makeVulkanEngine(model, variant, {});
            runTexts(*engine, model->graph, positions);
            const int64_t held = device->heldBytes() - before;
            QCOMPARE(runMemory(*model, *memory, recipe, positions).total(), held);
        }
        const auto vulkan = makeVulkanEngine(model, variant, {});
        const auto torch = makeTorchEngine(model, variant);
        std::vector<int32_t> tokens;
        for (int32_t i = 0; i < 70; ++i)
            tokens.push_back(3 + (i * 37) % 400);
        for (const Rows rows : {Rows::All, Rows::Last}) {
            const auto ofVulkan = vulkan->newSequence(80);
            const auto ofTorch = torch->newSequence(80);
            QVERIFY(relativeDifference(vulkan->run(*ofVulkan, tokens, rows),
                                       torch->run(*ofTorch, tokens, rows)) < 1e-3);
            const std::span<const int32_t> next = std::span(tokens).first(1); // a token more
            QVERIFY(relativeDifference(vulkan->run(*ofVulkan, next, rows),
                                       torch->run(*ofTorch, next, rows)) < 1e-3);
        }
    }

    void usesTheDriverAsItAsks()
    {
        BITLOOM_REQUIRE_VALID_USE();
    }
};

QTEST_APPLESS_MAIN(VulkanMemoryTest)
#include "tst_vulkan_memory.moc"
