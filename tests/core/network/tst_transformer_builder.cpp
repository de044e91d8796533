// SPDX-License-Identifier: GPL-3.0-or-later
// Choices that families make of the shared blocks, also those that none of ours makes yet.
#include "core/network/architectures/transformer_builder.h"
#include "core/network/graph/slot_input.h"
#include "tests/core/network/tiny_llama.h"
#include "tests/refusal.h"

#include <QTemporaryDir>
#include <QTest>
#include <algorithm>

using namespace bitloom;

namespace {

const TransformerNames kNames = {
    .words = "words",
    .finalNorm = "norm",
    .head = "head",
    .block = "layers.",
    .attentionNorm = "norm1",
    .query = "q",
    .key = "k",
    .value = "v",
    .attentionOutput = "o",
    .feedForwardNorm = "norm2",
    .gate = "gate",
    .up = "up",
    .down = "down",
};

/// One block of 4 heads of 6 over 2 key/value heads, a plain feed-forward of 40.
Transformer small()
{
    Transformer t;
    t.vocabulary = 64;
    t.context = 32;
    t.hidden = 24;
    t.blocks = 1;
    t.epsilon = 1e-5;
    t.attention = {4, 2, 6};
    t.feedForward = {40, "relu"};
    t.names = kNames;
    return t;
}

/// The tensors of `small`.
TinyModel smallTensors()
{
    TinyModel tiny;
    tiny.withTokenizer = false;
    tiny.shapes = {
        {"words.weight", {64, 24}},
        {"head.weight", {64, 24}},
        {"norm.weight", {24}},
        {"layers.0.norm1.weight", {24}},
        {"layers.0.norm2.weight", {24}},
        {"layers.0.q.weight", {24, 24}},
        {"layers.0.k.weight", {12, 24}},
        {"layers.0.v.weight", {12, 24}},
        {"layers.0.o.weight", {24, 24}},
        {"layers.0.up.weight", {40, 24}},
        {"layers.0.down.weight", {24, 40}},
    };
    return tiny;
}

std::vector<std::string> operationsOf(const Graph& graph)
{
    std::vector<std::string> names;
    for (const Step& step : graph.programs.front().steps)
        names.emplace_back(step.operation);
    return names;
}

} // namespace

class TestTransformerBuilder : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;

    /// Checked; every tensor has a place in it.
    Graph built(const TinyModel& tiny, const Transformer& transformer) const
    {
        const std::string folder = m_folder.filePath("small").toStdString();
        tiny.write(folder);
        const Checkpoint checkpoint = openCheckpoint(folder);
        return finished("small", TransformerBuilder("small", checkpoint, transformer).decoder(),
                        checkpoint, [](const std::string&) { return false; });
    }

private Q_SLOTS:
    void aPlainBlock()
    {
        const Graph graph = built(smallTensors(), small());
        QCOMPARE(operationsOf(graph),
                 (std::vector<std::string>{"embed", "rms_norm", "linear", "linear", "linear",
                                           "attention", "linear", "add", "rms_norm", "linear",
                                           "relu", "linear", "add", "rms_norm", "linear"}));
        QCOMPARE(graph.states.size(), size_t{2});
    }

    void normsBehindTheSums()
    {
        Transformer transformer = small();
        transformer.normPlace = NormPlace::After;
        transformer.attention.causal = false;
        const Graph graph = built(smallTensors(), transformer);
        QCOMPARE(operationsOf(graph),
                 (std::vector<std::string>{"embed", "linear", "linear", "linear", "text_attention",
                                           "linear", "add", "rms_norm", "linear", "relu", "linear",
                                           "add", "rms_norm", "rms_norm", "linear"}));
        QVERIFY(graph.states.empty());
    }

    void aGateAndRotatedHeads()
    {
        TinyModel tiny = smallTensors();
        tiny.shapes["layers.0.gate.weight"] = {40, 24};
        Transformer transformer = small();
        transformer.feedForward.activation = "silu_multiply";
        transformer.ropeTables = {{{1, 0.5, 0.25}}};
        transformer.attention.ropeTable = 0;
        const Graph graph = built(tiny, transformer);
        const std::vector<std::string> steps = operationsOf(graph);
        QCOMPARE(std::ranges::count(steps, "rope"), 2);
        QCOMPARE(std::ranges::count(steps, "silu_multiply"), 1);
        const Slot& gate = graph.slot(graph.findSlot("layers.0.gate"));
        QCOMPARE(gate.role, Role::FeedForwardGate);
    }

    void biasesWhereTheyAreAskedFor()
    {
        TinyModel tiny = smallTensors();
        Transformer transformer = small();
        transformer.attention.biased = true;
        const QString missing = refusal([&] { built(tiny, transformer); });
        QVERIFY2(missing.contains("layers.0.q.bias is missing"), qPrintable(missing));
        tiny.shapes["layers.0.q.bias"] = {24};
        tiny.shapes["layers.0.k.bias"] = tiny.shapes["layers.0.v.bias"] = {12};
        const Graph graph = built(tiny, transformer);
        QCOMPARE(graph.slot(graph.findSlot("layers.0.k.bias")).columns, int64_t{12});
        QCOMPARE(graph.findSlot("layers.0.o.bias"), -1);
        tiny.shapes["layers.0.o.bias"] = {24};
        const QString foreign = refusal([&] { built(tiny, transformer); });
        QVERIFY2(foreign.contains("layers.0.o.bias") && foreign.contains("has no place"),
                 qPrintable(foreign));
        transformer.attention.outputBiased = true;
        QVERIFY(built(tiny, transformer).findSlot("layers.0.o.bias") >= 0);
    }

    /// Fewer keys and values than queries, one below the other.
    void projectionsInOneTensor()
    {
        TinyModel tiny = smallTensors();
        for (const char* name : {"q", "k", "v"})
            tiny.shapes.erase(std::string("layers.0.") + name + ".weight");
        tiny.shapes["layers.0.qkv.weight"] = {48, 24};
        tiny.shapes["layers.0.qkv.bias"] = {48};
        Transformer transformer = small();
        transformer.names.fusedProjection = "qkv";
        transformer.attention.biased = true;
        const Graph graph = built(tiny, transformer);
        const auto part = [&](const char* name) {
            const View& view = graph.slot(graph.findSlot(name)).view;
            return std::pair(view.first, view.count);
        };
        QCOMPARE(part("layers.0.qkv.q"), std::pair(int64_t{0}, int64_t{24}));
        QCOMPARE(part("layers.0.qkv.k"), std::pair(int64_t{24}, int64_t{12}));
        QCOMPARE(part("layers.0.qkv.v"), std::pair(int64_t{36}, int64_t{12}));
        QCOMPARE(part("layers.0.qkv.bias.v"), std::pair(int64_t{36}, int64_t{12}));
        const std::vector<int> together = {graph.findSlot("layers.0.qkv.q"),
                                           graph.findSlot("layers.0.qkv.k"),
                                           graph.findSlot("layers.0.qkv.v")};
        QCOMPARE(slotsByInput(graph).front(), together);
    }
};

QTEST_APPLESS_MAIN(TestTransformerBuilder)
#include "tst_transformer_builder.moc"
