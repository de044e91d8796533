// SPDX-License-Identifier: GPL-3.0-or-later
// The keys of a GGUF: what changes the numbers is read or refused by name, as llama.cpp reads it.
#include "core/network/architectures/llama_configuration.h"
#include "tests/core/network/original_gguf.h"
#include "tests/core/network/tiny_gpt2.h"
#include "tests/core/network/tiny_llama.h"
#include "tests/refusal.h"

#include <QFile>
#include <QTemporaryDir>
#include <QTest>
#include <limits>

using namespace bitloom;
using Type = GgufEntry::Type;

namespace {

/// Heads of 6, 4 over 2, in a context of 300.
std::shared_ptr<const Model> tinyLlama(const std::string& folder)
{
    TinyLlama().write(folder);
    return openModel(folder);
}

} // namespace

Q_DECLARE_METATYPE(std::vector<bitloom::GgufEntry>)
Q_DECLARE_METATYPE(bitloom::GgufEntry)

class TestGgufKeys : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;
    std::shared_ptr<const Model> m_llama;

    /// The tiny Llama's file with these keys in place of, or beside, its own.
    std::shared_ptr<const Model> withKeys(const std::vector<GgufEntry>& keys)
    {
        std::vector<GgufEntry> metadata = ggufPlan(*m_llama).metadata;
        for (const GgufEntry& key : keys)
            std::erase_if(metadata, [&](const GgufEntry& own) { return own.key == key.key; });
        metadata.insert(metadata.end(), keys.begin(), keys.end());
        const std::string file = m_folder.filePath("changed.gguf").toStdString();
        if (!writeOriginalGguf(m_llama, file, metadata))
            return nullptr;
        return openModel(file);
    }

    static GgufEntry number(const char* key, double value)
    {
        return {std::string("llama.") + key, Type::F32, value};
    }
    static GgufEntry whole(const char* key, uint64_t value)
    {
        return {std::string("llama.") + key, Type::U32, value};
    }
    static GgufEntry text(const char* key, const char* value)
    {
        return {key, Type::String, std::string(value)};
    }

    /// Another second factor of rotary positions.
    static void patchFactor(const std::string& path, float factor)
    {
        const Checkpoint checkpoint = openCheckpoint(path);
        const StoredTensor* factors = checkpoint.find("rope_freqs.weight");
        QVERIFY(factors && factors->bytes.size() >= 2 * sizeof(float));
        const auto at = factors->bytes.data() - factors->file->bytes().data();
        QFile file(QString::fromStdString(path));
        QVERIFY(file.open(QFile::ReadWrite) && file.seek(at + int64_t{sizeof(float)}));
        file.write(reinterpret_cast<const char*>(&factor), sizeof(float));
    }

private Q_SLOTS:
    void initTestCase() { m_llama = tinyLlama(m_folder.filePath("llama").toStdString()); }

    /// Positions are divided by the factor where the type is linear or not there; 0 is none.
    void scalingIsReadAsLlamaCppReadsIt_data()
    {
        QTest::addColumn<std::vector<GgufEntry>>("keys");
        QTest::addColumn<double>("divisor");
        const GgufEntry factor = number("rope.scaling.factor", 4);
        const auto type = [](const char* name) { return text("llama.rope.scaling.type", name); };
        const auto row = [](const char* name, std::vector<GgufEntry> keys, double divisor) {
            QTest::newRow(name) << std::move(keys) << divisor;
        };
        row("none", {}, 1);
        row("typed", {type("linear"), factor}, 4);
        row("no type", {factor}, 4);
        row("old name", {number("rope.scale_linear", 4)}, 4);
        row("both names", {factor, number("rope.scale_linear", 4)}, 4);
        row("type none", {type("none"), factor}, 1);
        row("factor 0", {type("linear"), number("rope.scaling.factor", 0)}, 1);
    }

    void scalingIsReadAsLlamaCppReadsIt()
    {
        QFETCH(std::vector<GgufEntry>, keys);
        QFETCH(double, divisor);
        const auto model = withKeys(keys);
        QVERIFY2(model->runnable(), model->missing.c_str());
        const std::vector<double> plain = m_llama->graph.ropeTables[0].inverseFrequencies;
        const std::vector<double> found = model->graph.ropeTables[0].inverseFrequencies;
        QCOMPARE(found.size(), plain.size());
        for (size_t i = 0; i < plain.size(); ++i)
            QVERIFY(std::abs(found[i] * divisor / plain[i] - 1) < 1e-7);
        const std::string file = m_folder.filePath("again.gguf").toStdString();
        QVERIFY(writeOriginalGguf(model, file, ggufPlan(*model).metadata));
        const auto again = openModel(file); // keys are carried as they were
        QVERIFY2(again->runnable(), again->missing.c_str());
        QCOMPARE(again->graph.ropeTables[0].inverseFrequencies, found);
    }

    /// What llama_model_saver writes of every Llama, and a file of each block's numbers.
    void whatSaysNothingIsAccepted()
    {
        const auto model = withKeys({
            whole("leading_dense_block_count", 0),
            whole("expert_feed_forward_length", 0),
            whole("expert_count", 0),
            whole("expert_used_count", 0),
            number("expert_weights_scale", 0),
            {"llama.use_parallel_residual", Type::Bool, false},
            {"llama.attention.causal", Type::Bool, true},
            whole("pooling_type", 4294967295),
            number("logit_scale", 0),
            number("attn_logit_softcapping", 50),
            number("final_logit_softcapping", 30),
            number("attention.max_alibi_bias", 0),
            number("attention.layer_norm_epsilon", 0),
            whole("attention.sliding_window", 0),
            text("llama.rope.scaling.type", "linear"),
            number("rope.scaling.factor", 0),
            number("rope.scaling.attn_factor", 1),
            whole("rope.scaling.original_context_length", 300),
            {"llama.rope.scaling.finetuned", Type::Bool, false},
            whole("ssm.conv_kernel", 0),
            {"llama.attention.head_count_kv", Type::ArrayU32, std::vector<int64_t>{2, 2}},
            text("general.type", "model"),
            text("quantize.imatrix.file", "some.dat"),
        });
        QVERIFY2(model->runnable(), model->missing.c_str());
        QCOMPARE(model->graph.slots.size(), m_llama->graph.slots.size());
    }

    void whatIsNotComputedIsRefusedByName_data()
    {
        QTest::addColumn<GgufEntry>("key");
        QTest::addColumn<QString>("named");
        const auto row = [](const GgufEntry& key, const char* named = nullptr) {
            QTest::newRow(key.key.c_str()) << key << (named ? named : key.key.c_str());
        };
        row(text("llama.rope.scaling.type", "yarn"), "llama.rope.scaling.type yarn");
        row(number("rope.scaling.attn_factor", 1.2));
        row(number("rope.scaling.yarn_log_multiplier", 0.1));
        row(whole("rope.dimension_count", 4), "llama.rope.dimension_count is 4");
        row(whole("attention.value_length", 4), "llama.attention.value_length is 4");
        row(whole("attention.head_count_kv", 3), "llama.attention.head_count_kv is 3");
        row({"llama.attention.head_count_kv", Type::ArrayU32, std::vector<int64_t>{2, 4}},
            "llama.attention.head_count_kv differs from block to block");
        row(whole("attention.sliding_window", 128), "llama.attention.sliding_window is 128");
        row({"llama.attention.causal", Type::Bool, false});
        row({"llama.use_parallel_residual", Type::Bool, true});
        row(whole("expert_count", 8), "llama.expert_count 8 is not supported, only 0");
        row(number("attention.scale", 0.25));
        row(number("logit_scale", 8));
        row(number("final_logit_softcapping", 20));
        row(number("zebra", 0), "the key llama.zebra could change the numbers");
        row(text("general.type", "adapter"), "general.type is adapter");
    }

    void whatIsNotComputedIsRefusedByName()
    {
        QFETCH(GgufEntry, key);
        QFETCH(QString, named);
        const auto model = withKeys({key});
        QVERIFY(!model->runnable());
        const QString missing = QString::fromStdString(model->missing);
        QVERIFY2(missing.contains(named) && !missing.contains("config.json"), qPrintable(missing));
        QCOMPARE(model->graph.slots.size(), m_llama->graph.slots.size());
    }

    /// Of one more pair than heads have.
    void factorsBelongToPairs()
    {
        TinyLlama tiny;
        tiny.configuration["rope_scaling"] = {{"rope_type", "llama3"},
                                              {"factor", 8.0},
                                              {"low_freq_factor", 1.0},
                                              {"high_freq_factor", 4.0},
                                              {"original_max_position_embeddings", 64}};
        const std::string folder = m_folder.filePath("llama3").toStdString();
        tiny.write(folder);
        const auto scaled = openModel(folder);
        std::vector<GgufEntry> metadata = ggufPlan(*scaled).metadata;
        const std::string file = m_folder.filePath("llama3.gguf").toStdString();
        metadata.push_back(number("rope.scaling.factor", 4)); // both apply
        QVERIFY(writeOriginalGguf(scaled, file, metadata));
        const std::vector<double> once = scaled->graph.ropeTables[0].inverseFrequencies;
        const auto both = openModel(file);
        QVERIFY2(both->runnable(), both->missing.c_str());
        for (size_t i = 0; i < once.size(); ++i)
            QVERIFY(std::abs(both->graph.ropeTables[0].inverseFrequencies[i] * 4 / once[i] - 1) <
                    1e-6);
        patchFactor(file, std::numeric_limits<float>::quiet_NaN());
        const auto broken = openModel(file);
        QVERIFY2(broken->missing.find("rope_freqs.weight, column 1, holds a factor") !=
                     std::string::npos,
                 broken->missing.c_str());
        QVERIFY(!broken->graph.slots.empty());
        for (const GgufEntry& key :
             {whole("attention.key_length", 8), whole("attention.value_length", 8),
              whole("rope.dimension_count", 8)}) {
            std::erase_if(metadata, [&](const GgufEntry& own) { return own.key == key.key; });
            metadata.push_back(key);
        }
        const std::string halved = m_folder.filePath("halved.gguf").toStdString();
        QVERIFY(writeOriginalGguf(scaled, halved, metadata));
        QVERIFY2(openModel(halved)->missing.find("rope_freqs.weight has 3 factors") !=
                     std::string::npos,
                 openModel(halved)->missing.c_str());
    }

    void contradictingFactorsAreRefused()
    {
        const auto model =
            withKeys({number("rope.scaling.factor", 4), number("rope.scale_linear", 2)});
        QVERIFY2(QString::fromStdString(model->missing).contains("llama.rope.scale_linear"),
                 model->missing.c_str());
    }

    /// Errors speak of what the file holds, never of a config.json or names it does not have.
    void errorsNameTheFilesOwnThings_data()
    {
        QTest::addColumn<GgufEntry>("key");
        QTest::addColumn<QString>("named");
        QTest::newRow("width") << whole("feed_forward_length", 41)
                               << "tensor blk.0.ffn_gate.weight is 40 × 24, should be 41 × 24";
        QTest::newRow("words") << whole("vocab_size", 2049)
                               << "tensor token_embd.weight is 2048 × 24, should be 2049 × 24";
        QTest::newRow("blocks") << whole("block_count", 3)
                                << "tensor blk.2.attn_norm.weight is missing";
        QTest::newRow("left over") << whole("block_count", 1) << "tensor blk.1.attn_";
        for (const char* key : {"attention.layer_norm_rms_epsilon", "rope.freq_base",
                                "rope.scaling.factor", "rope.scale_linear"})
            QTest::newRow(key) << number(key, -1)
                               << QString("the key llama.%1 of ").arg(QLatin1String(key));
        QTest::newRow("no number")
            << text("llama.block_count", "two") << "the key llama.block_count";
    }

    void errorsNameTheFilesOwnThings()
    {
        QFETCH(GgufEntry, key);
        QFETCH(QString, named);
        QString missing;
        const QString error =
            refusal([&] { missing = QString::fromStdString(withKeys({key})->missing); });
        const QString said = error + missing;
        QVERIFY2(said.contains(named) && !said.contains("config.json"), qPrintable(said));
    }

    void gpt2KeysToo()
    {
        const std::string folder = m_folder.filePath("gpt2").toStdString();
        TinyGpt2 tiny;
        tiny.configuration.erase("tie_word_embeddings");
        tiny.shapes.erase("lm_head.weight");
        tiny.write(folder);
        std::vector<GgufEntry> metadata = ggufPlan(*openModel(folder)).metadata;
        const std::string file = m_folder.filePath("gpt2.gguf").toStdString();
        Progress progress;
        metadata.push_back({"gpt2.attention.head_count_kv", Type::U32, uint64_t{1}});
        QVERIFY(writeGguf(file, metadata, {}, progress));
        QVERIFY(openModel(file)->missing.find("gpt2.attention.head_count_kv") != std::string::npos);
        metadata.back() = {"gpt2.zebra", Type::U32, uint64_t{1}};
        QVERIFY(writeGguf(file, metadata, {}, progress));
        QVERIFY(openModel(file)->missing.find("the key gpt2.zebra") != std::string::npos);
    }
};

QTEST_APPLESS_MAIN(TestGgufKeys)
#include "tst_gguf_keys.moc"
