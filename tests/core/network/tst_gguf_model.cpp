// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/core/network/original_gguf.h"
#include "tests/core/network/tiny_bert.h"
#include "tests/core/network/tiny_gpt2.h"
#include "tests/core/network/tiny_llama.h"
#include "tests/refusal.h"

#include <QTemporaryDir>
#include <QTest>
#include <algorithm>
#include <cstring>

using namespace bitloom;

namespace {

Matrix logits(const std::shared_ptr<const Model>& model)
{
    std::vector<int32_t> tokens = {1};
    for (int32_t i = 0; i < 60; ++i)
        tokens.push_back(3 + i * 29 % 400);
    const auto engine = makeTorchEngine(model, OriginalWeights(model), {.threads = 1});
    const auto sequence = engine->newSequence(100);
    return engine->run(*sequence, tokens, Rows::All);
}

} // namespace

class TestGgufModel : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;

    void comesBackTheSame(const std::string& path)
    {
        const auto original = openModel(path);
        QVERIFY2(original->runnable(), original->missing.c_str());
        const std::string file = m_folder.filePath("again.gguf").toStdString();
        QVERIFY(writeOriginalGguf(original, file, ggufPlan(*original).metadata));
        const auto again = openModel(file);
        QVERIFY2(again->runnable(), again->missing.c_str());
        QCOMPARE(again->architecture, original->architecture);
        const auto isRead = [](const Slot& slot) { return !slot.uses.empty(); };
        const auto& slots = again->graph.slots; // a GGUF may hold factors that are none of ours
        QCOMPARE(static_cast<size_t>(std::count_if(slots.begin(), slots.end(), isRead)),
                 original->graph.slots.size());
        for (size_t i = 0; i < original->graph.slots.size(); ++i)
            QCOMPARE(again->graph.slots[i].name, original->graph.slots[i].name);
        QCOMPARE(logits(again).values, logits(original).values);
        const std::string text = "Once upon a time, there was a fox — “who?” — 17 ½ miles away.";
        QCOMPARE(again->tokenizer->encode(text, true), original->tokenizer->encode(text, true));
        QCOMPARE(again->tokenizer->data().endOfText, original->tokenizer->data().endOfText);
    }

private Q_SLOTS:
    void sampleComesBackTheSame() { comesBackTheSame(sampleData()); }

    void storiesComesBackTheSame()
    {
        BITLOOM_REQUIRE_TEST_DATA();
        comesBackTheSame(testData() + "/models/stories260K/hf");
    }

    void scalingAndSeparateHeadComeBackTheSame_data()
    {
        QTest::addColumn<QString>("scaling");
        QTest::newRow("none") << "null";
        QTest::newRow("linear") << R"({"rope_type": "linear", "factor": 2.7})";
        QTest::newRow("llama3") << R"({"rope_type": "llama3", "factor": 8.0,
            "low_freq_factor": 1.0, "high_freq_factor": 4.0,
            "original_max_position_embeddings": 64})";
    }

    void scalingAndSeparateHeadComeBackTheSame()
    {
        QFETCH(QString, scaling);
        TinyLlama tiny;
        tiny.configuration["rope_scaling"] = nlohmann::json::parse(scaling.toStdString());
        tiny.configuration["rope_theta"] = 777.7;
        tiny.configuration["rms_norm_eps"] = 1e-3;
        const std::string folder = m_folder.filePath("tiny").toStdString();
        tiny.write(folder);
        comesBackTheSame(folder);
    }

    /// GGUF row head·size + 2i + p is row head·size + p·size/2 + i (llama.cpp,
    /// convert_hf_to_gguf.py, permute).
    void queriesAreWrittenInPairs()
    {
        const GgufPlan plan = ggufPlan(*openModel(sampleData()));
        int permuted = 0;
        for (const GgufPlan::Tensor& tensor : plan.tensors) {
            permuted += !tensor.rowOrder.empty();
            if (tensor.name == "blk.1.attn_q.weight") {
                QCOMPARE(tensor.rowOrder[0], 0);
                QCOMPARE(tensor.rowOrder[1], 16);
                QCOMPARE(tensor.rowOrder[2], 1);
                QCOMPARE(tensor.rowOrder[32 * 3 + 2 * 5 + 1], 32 * 3 + 16 + 5);
            }
        }
        QCOMPARE(permuted, 8);
    }

    /// Whoever asks for it, and however often.
    void thePlanIsMadeOnceWhenTheModelIsOpened()
    {
        const std::string folder = m_folder.filePath("gpt2").toStdString();
        TinyGpt2().write(folder);
        const auto model = openModel(folder);
        QVERIFY(model->gguf.plan);
        QVERIFY(!model->gguf.refusal);
        QCOMPARE(&ggufPlan(*model), model->gguf.plan.get());
        const auto slot = [&](const char* name) { return model->graph.findSlot(name); };
        QCOMPARE(
            model->gguf.storedTogether,
            (std::vector<std::vector<int>>{
                {slot("h.0.attn.c_attn.q"), slot("h.0.attn.c_attn.k"), slot("h.0.attn.c_attn.v")},
                {slot("h.1.attn.c_attn.q"), slot("h.1.attn.c_attn.k"),
                 slot("h.1.attn.c_attn.v")}}));
    }

    /// What it cannot be written for is said to whoever wants it, not when it is opened.
    void theRefusalIsMadeOnceToo()
    {
        const std::string folder = m_folder.filePath("bert").toStdString();
        TinyBert().write(folder);
        const auto model = openModel(folder);
        QVERIFY(model->runnable());
        QVERIFY(!model->gguf.plan && model->gguf.storedTogether.empty());
        const QString said = refusal([&] { ggufPlan(*model); });
        QVERIFY2(said.contains("GGUF files of the architecture bert are not written"),
                 qPrintable(said));
    }

    void missingKeysAreNamed()
    {
        const auto model = openModel(sampleData());
        const GgufPlan plan = ggufPlan(*model);
        for (const char* key : {"llama.block_count", "llama.embedding_length",
                                "llama.attention.layer_norm_rms_epsilon"}) {
            std::vector<GgufEntry> metadata = plan.metadata;
            std::erase_if(metadata, [&](const GgufEntry& entry) { return entry.key == key; });
            const std::string file = m_folder.filePath("broken.gguf").toStdString();
            Progress progress;
            QVERIFY(writeGguf(file, metadata, {}, progress));
            const QString said = refusal([&] { openModel(file); });
            QVERIFY2(said.contains(QString("has no key ") + key), qPrintable(said));
        }
    }

    void unknownArchitectureCanBeLookedAt()
    {
        const std::string file = m_folder.filePath("other.gguf").toStdString();
        std::vector<GgufEntry> metadata = {
            {"general.architecture", GgufEntry::Type::String, std::string("mamba")}};
        Progress progress;
        QVERIFY(writeGguf(file, metadata,
                          {{"a.weight",
                            {4, 8},
                            "f32",
                            [] {
                                return TinyLlama::weights("a", {4, 8});
                            }}},
                          progress));
        const auto model = openModel(file);
        QVERIFY(QString::fromStdString(model->missing).contains("mamba"));
        QCOMPARE(model->graph.slots.size(), size_t{1});
    }
};

QTEST_APPLESS_MAIN(TestGgufModel)
#include "tst_gguf_model.moc"
