// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/error.h"
#include "core/files/formats/writers.h"
#include "core/network/architectures/architectures.h"
#include "core/network/graph/graph_check.h"
#include "core/network/graph/slot_input.h"
#include "core/network/model/model.h"
#include "tests/core/network/tiny_llama.h"
#include "tests/core/network/tiny_lstm.h"
#include "tests/refusal.h"

#include <QTemporaryDir>
#include <QTest>
#include <algorithm>
#include <functional>

using namespace bitloom;

namespace {

QString refusalOf(const std::string& path)
{
    return refusal([&] { openModel(path); });
}

} // namespace

Q_DECLARE_METATYPE(std::function<void(TinyLlama&)>)

class TestOpenModel : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;

    std::string path() const { return m_folder.filePath("tiny").toStdString(); }

private Q_SLOTS:
    void cleanup() { std::filesystem::remove_all(path()); }

    void sampleOpensWithRolesAndGroups()
    {
        const auto model = openModel(sampleData());
        QVERIFY2(model->runnable(), model->missing.c_str());
        const Graph& graph = model->graph;
        QCOMPARE(model->architecture, std::string("llama"));
        QCOMPARE(graph.blocks, 4);
        QCOMPARE(graph.vocabulary, int64_t{2048});
        QCOMPARE(graph.contextLength, int64_t{256});
        QCOMPARE(graph.slots.size(), size_t{1 + 4 * 9 + 1});
        QCOMPARE(graph.slots[0].name, std::string("model.embed_tokens"));
        QCOMPARE(graph.slots[0].uses.size(), size_t{2}); // tied: embedding and head
        int64_t weights = 0;
        for (const Slot& slot : graph.slots) {
            QVERIFY(slot.role != Role::Unknown);
            QCOMPARE(slot.quantizable, slot.role != Role::Norm);
            QVERIFY(!slot.uses.empty());
            weights += slot.weights();
        }
        QCOMPARE(weights, int64_t{3672320});
        checkGraph(graph);
    }

    void slotsOfOneInputGoTogether()
    {
        const auto together = [](const Graph& graph, const std::vector<const char*>& names) {
            std::vector<int> slots;
            for (const char* name : names)
                slots.push_back(graph.findSlot(name));
            const auto groups = slotsByInput(graph);
            return std::ranges::find(groups, slots) != groups.end();
        };
        const auto sample = openModel(sampleData());
        const Graph& llama = sample->graph;
        QVERIFY(
            together(llama, {"model.layers.2.self_attn.q_proj", "model.layers.2.self_attn.k_proj",
                             "model.layers.2.self_attn.v_proj"}));
        QVERIFY(together(llama, {"model.layers.2.mlp.gate_proj", "model.layers.2.mlp.up_proj"}));
        QVERIFY(together(llama, {"model.layers.2.mlp.down_proj"}));
        QVERIFY(!together(llama, {"model.embed_tokens"})); // it is also looked up
        TinyLstm().write(path());
        const auto tiny = openModel(path());
        const Graph& lstm = tiny->graph;
        QVERIFY(together(lstm, {"lstm.weight_ih_l1.i", "lstm.weight_ih_l1.f", "lstm.weight_ih_l1.g",
                                "lstm.weight_ih_l1.o"}));
        QVERIFY(together(lstm, {"lstm.weight_hh_l1.i", "lstm.weight_hh_l1.f", "lstm.weight_hh_l1.g",
                                "lstm.weight_hh_l1.o"}));
    }

    void separateHeadIsASlotOfItsOwn()
    {
        TinyLlama().write(path());
        const auto model = openModel(path());
        QVERIFY2(model->runnable(), model->missing.c_str());
        const int head = model->graph.findSlot("lm_head");
        QVERIFY(head >= 0);
        QCOMPARE(model->graph.slot(head).role, Role::OutputHead);
        QCOMPARE(model->name, std::string("tiny"));
    }

    void tiedHeadIsTheEmbedding()
    {
        TinyLlama tiny;
        tiny.configuration["tie_word_embeddings"] = true;
        tiny.shapes.erase("lm_head.weight");
        tiny.write(path());
        QCOMPARE(openModel(path())->graph.slots[0].uses.size(), size_t{2});
    }

    void brokenModelsAreRefused_data()
    {
        QTest::addColumn<std::function<void(TinyLlama&)>>("change");
        QTest::addColumn<QString>("sentence");
        const auto row = [](const char* name, std::function<void(TinyLlama&)> change,
                            const char* sentence) {
            QTest::newRow(name) << std::move(change) << QString::fromUtf8(sentence);
        };
        row(
            "no number", [](TinyLlama& t) { t.configuration.erase("hidden_size"); },
            "[llama] config.json has no hidden_size");
        row(
            "zero", [](TinyLlama& t) { t.configuration["num_attention_heads"] = 0; },
            "[llama] config.json says num_attention_heads is 0");
        row(
            "negative", [](TinyLlama& t) { t.configuration["vocab_size"] = -5; },
            "[llama] config.json says vocab_size is -5");
        row(
            "word", [](TinyLlama& t) { t.configuration["hidden_size"] = "big"; },
            "[llama] config.json says hidden_size is \"big\"");
        row(
            "groups", [](TinyLlama& t) { t.configuration["num_key_value_heads"] = 3; },
            "[llama] config.json says num_attention_heads is 4, which is no multiple of "
            "num_key_value_heads, 3");
        row(
            "type", [](TinyLlama& t) { t.configuration["tie_word_embeddings"] = "yes"; },
            "[llama] config.json says tie_word_embeddings is \"yes\"");
    }

    void brokenModelsAreRefused()
    {
        QFETCH(std::function<void(TinyLlama&)>, change);
        QFETCH(QString, sentence);
        TinyLlama tiny;
        change(tiny);
        tiny.write(path());
        const QString said = refusalOf(path());
        QVERIFY2(said.startsWith(sentence), qPrintable(said));
        QVERIFY(!said.contains('\n'));
    }

    void unrunnableModelsCanBeLookedAt_data()
    {
        QTest::addColumn<std::function<void(TinyLlama&)>>("change");
        QTest::addColumn<QString>("reason");
        const auto row = [](const char* name, std::function<void(TinyLlama&)> change,
                            const char* reason) {
            QTest::newRow(name) << std::move(change) << QString(reason);
        };
        row(
            "architecture",
            [](TinyLlama& t) { t.configuration["architectures"] = {"OPTForCausalLM"}; },
            "the architecture OPTForCausalLM is not known");
        row(
            "tokenizer", [](TinyLlama& t) { t.withTokenizer = false; }, "no tokenizer");
        row(
            "activation", [](TinyLlama& t) { t.configuration["hidden_act"] = "gelu"; },
            "hidden_act gelu is not supported, only silu");
        row(
            "no head", [](TinyLlama& t) { t.shapes.erase("lm_head.weight"); },
            "tie_word_embeddings is false, but there is no lm_head.weight");
        row(
            "two heads", [](TinyLlama& t) { t.configuration["tie_word_embeddings"] = true; },
            "tie_word_embeddings is true, but lm_head.weight is there and differs");
        row(
            "bias", [](TinyLlama& t) { t.shapes["model.layers.0.self_attn.q_proj.bias"] = {24}; },
            "there is model.layers.0.self_attn.q_proj.bias");
        row(
            "window", [](TinyLlama& t) { t.configuration["sliding_window"] = 128; },
            "sliding window");
        row(
            "rope",
            [](TinyLlama& t) {
                t.configuration["rope_scaling"] = {{"rope_type", "yarn"}, {"factor", 2.0}};
            },
            "rope scaling of type yarn");
        row(
            "shape",
            [](TinyLlama& t) {
                t.shapes["model.layers.0.self_attn.q_proj.weight"] = {24, 20};
            },
            "tensor model.layers.0.self_attn.q_proj.weight is 24 × 20, should be 24 × 24, "
            "in model.safetensors");
        row(
            "missing", [](TinyLlama& t) { t.shapes.erase("model.layers.1.mlp.up_proj.weight"); },
            "tensor model.layers.1.mlp.up_proj.weight is missing from ");
        row(
            "left over", [](TinyLlama& t) { t.shapes["model.layers.0.q_norm.weight"] = {6}; },
            "tensor model.layers.0.q_norm.weight in ");
        row(
            "block too many", [](TinyLlama& t) { t.configuration["num_hidden_layers"] = 1; },
            "tensor model.layers.1.input_layernorm.weight in ");
        row(
            "a billion blocks",
            [](TinyLlama& t) { t.configuration["num_hidden_layers"] = 1000000000; },
            "tensor model.layers.2.input_layernorm.weight is missing from ");
    }

    void unrunnableModelsCanBeLookedAt()
    {
        QFETCH(std::function<void(TinyLlama&)>, change);
        QFETCH(QString, reason);
        TinyLlama tiny;
        change(tiny);
        tiny.write(path());
        const auto model = openModel(path());
        QVERIFY(!model->runnable());
        QVERIFY(!model->graph.runnable());
        QVERIFY2(QString::fromStdString(model->missing).contains(reason), model->missing.c_str());
        QCOMPARE(model->graph.slots.size(), tiny.shapes.size());
        QCOMPARE(model->tensorOf(model->graph.slots[0]).read().rows, model->graph.slots[0].rows);
        QVERIFY_THROWS_EXCEPTION(Error, ggufPlan(*model));
    }

    /// As Python writes a number that JSON has no word for.
    void aConfigurationThatIsNoJsonIsSaidSo()
    {
        TinyLlama().write(path());
        writeTextFile(path() + "/config.json", "{\"rope_theta\":\nInfinity}");
        const QString said = refusalOf(path());
        QVERIFY2(said.contains("is not valid JSON: ") && said.contains("line 2"), qPrintable(said));
        writeTextFile(path() + "/config.json", "[]");
        QVERIFY(refusalOf(path()).endsWith("is not a JSON object"));
    }

    void loneSafetensorsCanBeLookedAt()
    {
        TinyLlama().write(path());
        const std::string lone = m_folder.filePath("lone.safetensors").toStdString();
        std::filesystem::copy_file(path() + "/model.safetensors", lone);
        const auto model = openModel(lone);
        QVERIFY(!model->runnable());
        QCOMPARE(model->graph.slots.size(), TinyLlama().shapes.size());
        for (const Slot& slot : model->graph.slots)
            QCOMPARE(slot.quantizable, slot.rows > 1);
    }

    void identityTellsModelsApart()
    {
        TinyLlama().write(path());
        const std::string first = openModel(path())->identity;
        QCOMPARE(openModel(path())->identity, first);
        QVERIFY(openModel(sampleData())->identity != first);
    }
};

QTEST_APPLESS_MAIN(TestOpenModel)
#include "tst_open_model.moc"
