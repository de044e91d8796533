// SPDX-License-Identifier: GPL-3.0-or-later
// All that goes into an export comes out of it, but for what writing itself sets.
#include "core/files/formats/gguf_keys.h"
#include "core/storage/plain_scheme.h"
#include "core/workbench/evaluation/exports.h"
#include "core/workbench/workbench.h"
#include "tests/core/network/tiny_llama.h"
#include "tests/core/workbench/odd_tensors.h"
#include "tests/core/workbench/sample_workbench.h"
#include "tests/refusal.h"

#include <QTemporaryDir>
#include <QtTest>

using namespace bitloom;

namespace {

constexpr const char* kTemplate = "{% for m in messages %}{{ m['content'] }}{% endfor %} ü";

/// What no scheme reads, beside a Llama.
const std::vector<OddTensor> kUnreadable = {
    {"a.fp8", "F8_E4M3", "[4,6]", 24}, {"a.scale", "F32", "[]", 4},
    {"a.double", "F64", "[3]", 24},    {"a.qweight", "I32", "[2,8]", 64},
    {"a.shape", "I64", "[2]", 16},     {"a.mask", "BOOL", "[5]", 5},
    {"a.bytes", "U8", "[7]", 7},       {"a.nothing", "F32", "[0,4]", 0}};
/// What a Llama may hold and never reads.
const std::vector<OddTensor> kBuffers = {
    {"model.layers.0.self_attn.rotary_emb.inv_freq", "F32", "[3]", 12},
    {"model.layers.1.self_attn.rotary_emb.inv_freq", "F64", "[3]", 24}};

std::string textEntry(const std::string& text)
{
    return Bytes().u32(8).string(text).text();
}

/// Keys that nobody here knows, of types that are easily lost.
std::map<std::string, std::string> unknownKeys()
{
    return {{"general.name", textEntry("A name of its own")},
            {"general.quantized_by", textEntry("somebody")},
            {"x.u8", Bytes().u32(0).raw("\x07").text()},
            {"x.i64", Bytes().u32(11).number(int64_t{-5}).text()},
            {"x.f64", Bytes().u32(12).number(0.1).text()},
            {"x.u16s", Bytes().u32(9).u32(2).u64(1).number(uint16_t{9}).text()},
            {"x.bytes", textEntry("\xFF\xFE")},
            {"x.nested", Bytes().u32(9).u32(9).u64(1).u32(4).u64(1).u32(3).text()},
            {"tokenizer.chat_template", textEntry(kTemplate)},
            {"tokenizer.chat_template.tool_use", textEntry("tools")},
            {"tokenizer.ggml.padding_token_id", Bytes().u32(4).u32(0).text()}};
}

/// The keys but for those that writing itself sets.
std::map<std::string, std::string> lasting(std::map<std::string, std::string> keys)
{
    for (const char* own : {"general.file_type", "general.quantization_version",
                            "general.alignment", "split.count", "split.no"})
        keys.erase(own);
    return keys;
}

} // namespace

class TestLosslessExports : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;
    Progress m_silent;

    std::string path(const char* name) const { return m_folder.filePath(name).toStdString(); }

    ExportReport exported(const std::string& from, const char* format, const std::string& to,
                          const Recipe& recipe = {})
    {
        Recipe written = recipe;
        written.target = std::string(format) == "gguf" ? "gguf" : "safetensors";
        const auto workbench = Workbench::open(from, torchEngines());
        return workbench->exports().exportModel(written, format, to, m_silent);
    }

    /// A Llama of Meta's scaling, so that its GGUF has a tensor that is no slot.
    TinyLlama llama() const
    {
        TinyLlama tiny;
        tiny.configuration["rope_scaling"] = {{"rope_type", "llama3"},
                                              {"factor", 8.0},
                                              {"low_freq_factor", 1.0},
                                              {"high_freq_factor", 4.0},
                                              {"original_max_position_embeddings", 64}};
        return tiny;
    }

    /// A GGUF of it with further keys.
    std::string ggufWithKeys(const std::map<std::string, std::string>& further)
    {
        llama().write(path("llama"));
        exported(path("llama"), "gguf", path("plain.gguf"));
        const Checkpoint plain = openCheckpoint(path("plain.gguf"));
        std::map<std::string, std::string> keys = plain.encodedKeys;
        for (const auto& [key, encoded] : further)
            keys[key] = encoded;
        std::vector<GgufEntry> entries;
        for (const auto& [key, encoded] : keys)
            entries.push_back({key, GgufEntry::Type::Encoded, encoded});
        std::vector<TensorToWrite> tensors;
        for (const StoredTensor& tensor : plain.tensors)
            tensors.push_back(copyOf(tensor));
        writeGguf(path("in.gguf"), entries, tensors, m_silent);
        return path("in.gguf");
    }

private Q_SLOTS:
    void cleanup()
    {
        for (const auto& entry : std::filesystem::directory_iterator(m_folder.path().toStdString()))
            std::filesystem::remove_all(entry);
    }

    void huggingFaceToSafetensors()
    {
        TinyLlama tiny = llama();
        tiny.sideFiles["chat_template.jinja"] = kTemplate;
        tiny.sideFiles["additional_chat_templates/rag.jinja"] = "rag";
        tiny.sideFiles["generation_config.json"] = R"({"eos_token_id": [2, 5]})";
        tiny.write(path("in"));
        addOddTensors(path("in"), kBuffers);
        const Checkpoint in = openCheckpoint(path("in"));
        const ExportReport report = exported(path("in"), "safetensors", path("out.safetensors"));
        const Checkpoint out = openCheckpoint(path("out.safetensors"));
        QCOMPARE(firstDifference(in, out), std::string());
        QCOMPARE(report.tensorsVerified, static_cast<int64_t>(in.tensors.size()));
        QCOMPARE(out.sideFiles, in.sideFiles);
        QCOMPARE(out.annotations, in.annotations);
        QCOMPARE(out.annotations.at("made by"), std::string("hand"));
        QVERIFY(out.sideFiles.contains("additional_chat_templates/rag.jinja"));
        QVERIFY(openModel(path("out.safetensors"))->runnable());
    }

    void whatCannotBeReadIsCopied()
    {
        TinyLlama tiny;
        tiny.configuration["architectures"] = {"Qwen9ForCausalLM"};
        tiny.write(path("in"));
        addOddTensors(path("in"), kUnreadable);
        const Checkpoint in = openCheckpoint(path("in"));
        Recipe recipe;
        recipe.slots["model.embed_tokens"] = {{"int8-row-sym", "nearest", {}, {}}, {}};
        const ExportReport report =
            exported(path("in"), "safetensors", path("out.safetensors"), recipe);
        const Checkpoint out = openCheckpoint(path("out.safetensors"));
        QCOMPARE(out.tensors.size(), in.tensors.size());
        QCOMPARE(report.tensorsVerified, static_cast<int64_t>(in.tensors.size()));
        for (const StoredTensor& tensor : in.tensors) {
            const StoredTensor* copy = out.find(tensor.name);
            QVERIFY2(copy, tensor.name.c_str());
            QCOMPARE(sameBytes(tensor, *copy), tensor.name != "model.embed_tokens.weight");
        }
    }

    /// Who reads the repeated embedding as a head must find the weights that were evaluated.
    void theUnreadCopyOfATiedHeadFollows()
    {
        TinyLlama tiny;
        tiny.configuration["tie_word_embeddings"] = true;
        tiny.shapes.erase("lm_head.weight");
        tiny.write(path("in"));
        const Checkpoint once = openCheckpoint(path("in"));
        std::vector<TensorToWrite> tensors;
        for (const StoredTensor& tensor : once.tensors)
            tensors.push_back(copyOf(tensor));
        tensors.push_back(copyOf(*once.find("model.embed_tokens.weight")));
        tensors.back().name = "lm_head.weight";
        writeSafetensors(path("twice"), tensors, {}, m_silent);
        std::filesystem::rename(path("twice"), path("in") + "/model.safetensors");
        Recipe recipe;
        recipe.slots["model.embed_tokens"] = {{"int4-row-sym", "nearest", {}, {}}, {}};
        exported(path("in"), "safetensors", path("out.safetensors"), recipe);
        const Checkpoint out = openCheckpoint(path("out.safetensors"));
        const Matrix words = out.find("model.embed_tokens.weight")->read();
        QVERIFY(words.values != once.find("model.embed_tokens.weight")->read().values);
        QCOMPARE(out.find("lm_head.weight")->read().values, words.values);
    }

    void ggufToGguf()
    {
        const std::string in = ggufWithKeys(unknownKeys());
        const Checkpoint before = openCheckpoint(in);
        QVERIFY(before.find("rope_freqs.weight"));
        const ExportReport report = exported(in, "gguf", path("out.gguf"));
        const Checkpoint after = openCheckpoint(path("out.gguf"));
        QCOMPARE(lasting(after.encodedKeys), lasting(before.encodedKeys));
        QCOMPARE(firstDifference(before, after), std::string());
        QCOMPARE(report.tensorsVerified, static_cast<int64_t>(before.tensors.size()));
        QVERIFY(report.leftOut.empty());
    }

    void keysOfASplitFileAreLeftBehind()
    {
        const std::string in =
            ggufWithKeys({{"split.count", Bytes().u32(2).number(uint16_t{1}).text()},
                          {"split.no", Bytes().u32(2).number(uint16_t{0}).text()}});
        exported(in, "gguf", path("out.gguf"));
        const Checkpoint out = openCheckpoint(path("out.gguf"));
        QVERIFY(!out.encodedKeys.contains("split.count") && !out.encodedKeys.contains("split.no"));
    }

    /// Also what is not f32 where we would write f32.
    void ggufKeepsTheTypesOfNorms()
    {
        const std::string in = ggufWithKeys({});
        const Checkpoint before = openCheckpoint(in);
        std::vector<GgufEntry> entries;
        for (const auto& [key, encoded] : before.encodedKeys)
            entries.push_back({key, GgufEntry::Type::Encoded, encoded});
        std::vector<TensorToWrite> tensors;
        for (const StoredTensor& tensor : before.tensors) {
            tensors.push_back(copyOf(tensor));
            if (tensor.name == "output_norm.weight")
                tensors.back() = {
                    tensor.name, tensor.shape, "f16", [&tensor] {
                        std::span<std::byte> bytes;
                        PackedTensor packed =
                            PackedTensor::allocate(schemeNamed("f16"), 1, tensor.columns(), bytes);
                        schemeNamed("f16").plain()->encodePlain(tensor.read().values, bytes);
                        return packed;
                    }};
        }
        QVERIFY(writeGguf(path("half.gguf"), entries, tensors, m_silent));
        exported(path("half.gguf"), "gguf", path("out.gguf"));
        QCOMPARE(
            firstDifference(openCheckpoint(path("half.gguf")), openCheckpoint(path("out.gguf"))),
            std::string());
    }

    void ggufToSafetensorsAndBack()
    {
        const std::string in = ggufWithKeys(unknownKeys());
        exported(in, "safetensors", path("between.safetensors"));
        const auto between = openModel(path("between.safetensors"));
        QVERIFY2(between->runnable(), between->missing.c_str());
        exported(path("between.safetensors"), "safetensors", path("again.safetensors"));
        exported(path("again.safetensors"), "gguf", path("out.gguf"));
        const Checkpoint before = openCheckpoint(in);
        const Checkpoint after = openCheckpoint(path("out.gguf"));
        QCOMPARE(lasting(after.encodedKeys), lasting(before.encodedKeys));
        QCOMPARE(firstDifference(before, after), std::string());
    }

    void typesThatSafetensorsLacksAreNamed()
    {
        Bytes file = ggufHead(2, 1);
        file.string("general.architecture").u32(8).string("unheard");
        addGgufTensor(file, "a.weight", {256, 2}, 16, 0); // IQ2_XXS
        addGgufTensor(file, "b.count", {8}, 26, 160);     // I32
        writeBytes(path("iq.gguf"), file.align(32).zeros(192).text());
        const QString said =
            refusal([&] { exported(path("iq.gguf"), "safetensors", path("out.safetensors")); });
        QVERIFY2(said.contains("a.weight") && said.contains("IQ2_XXS"), qPrintable(said));
        QVERIFY(!std::filesystem::exists(path("out.safetensors")));
    }

    void huggingFaceToGguf()
    {
        TinyLlama tiny = llama();
        tiny.sideFiles["generation_config.json"] =
            R"({"eos_token_id": [2, 5, 6, 7], "pad_token_id": 9})";
        tiny.write(path("in"));
        addOddTensors(path("in"), kBuffers);
        const auto in = openModel(path("in"));
        const ExportReport report = exported(path("in"), "gguf", path("out.gguf"));
        const auto out = openModel(path("out.gguf"));
        std::set<std::string> lost;
        for (const StoredTensor& tensor : in->checkpoint.tensors) {
            const StoredTensor* copy = out->checkpoint.find(tensor.name);
            if (copy)
                QCOMPARE(copy->read().values, tensor.read().values);
            else
                lost.insert(tensor.name);
        }
        QCOMPARE(lost.size(), kBuffers.size());
        const auto isSaid = [&](const std::string& what) {
            return std::any_of(report.leftOut.begin(), report.leftOut.end(), [&](const auto& said) {
                return said.find(what) != std::string::npos;
            });
        };
        for (const std::string& name : lost)
            QVERIFY2(isSaid(name), name.c_str());
        const auto& keys = out->checkpoint.metadata;
        const std::set<int32_t>& ends = in->tokenizer->data().endOfText;
        QCOMPARE(ends.size(), size_t{4});
        for (const char* key : {"eos_token_id", "eot_token_id", "eom_token_id"})
            QVERIFY(keys.contains(std::string("tokenizer.ggml.") + key));
        for (const int32_t end : ends)
            QVERIFY(out->tokenizer->data().endOfText.contains(end) ||
                    isSaid("Token " + std::to_string(end) + ","));
        QCOMPARE(report.leftOut.size(), kBuffers.size() + 1);
        QCOMPARE(std::get<uint64_t>(keys.at("tokenizer.ggml.padding_token_id")), uint64_t{9});
        QCOMPARE(std::get<std::string>(keys.at("safetensors.made by")), std::string("hand"));
    }

    void chatTemplatesArrive_data()
    {
        QTest::addColumn<QString>("file");
        QTest::addColumn<QString>("text");
        QTest::addColumn<bool>("named");
        const nlohmann::json list = {{{"name", "default"}, {"template", kTemplate}},
                                     {{"name", "tool use"}, {"template", "tools"}}};
        const auto row =
            [](const char* name, const char* file, const nlohmann::json& value, bool named) {
                QTest::newRow(name)
                    << file
                    << QString::fromStdString(nlohmann::json{{"chat_template", value}}.dump())
                    << named;
            };
        row("plain", "tokenizer_config.json", kTemplate, false);
        row("list", "tokenizer_config.json", list, true);
        row("file", "chat_template.json", kTemplate, false);
        row("list in a file", "chat_template.json", list, true);
        QTest::newRow("jinja") << "chat_template.jinja" << QString(kTemplate) << false;
        QTest::newRow("jinja with others") << "chat_template.jinja" << QString(kTemplate) << true;
    }

    void chatTemplatesArrive()
    {
        QFETCH(QString, file);
        QFETCH(QString, text);
        QFETCH(bool, named);
        TinyLlama().write(path("in"));
        writeTextFile(path("in") + "/" + file.toStdString(), text.toStdString());
        if (named && file == "chat_template.jinja") {
            std::filesystem::create_directories(path("in") + "/additional_chat_templates");
            writeTextFile(path("in") + "/additional_chat_templates/tool use.jinja", "tools");
        }
        exported(path("in"), "gguf", path("out.gguf"));
        exported(path("in"), "safetensors", path("out.safetensors"));
        exported(path("out.safetensors"), "gguf", path("again.gguf"));
        for (const char* written : {"out.gguf", "again.gguf"}) {
            const Checkpoint out = openCheckpoint(path(written));
            QCOMPARE(std::get<std::string>(out.metadata.at("tokenizer.chat_template")),
                     std::string(kTemplate));
            QCOMPARE(out.metadata.contains("tokenizer.chat_templates"), named);
            if (named)
                QCOMPARE(std::get<std::string>(out.metadata.at("tokenizer.chat_template.tool_use")),
                         std::string("tools"));
        }
    }

    /// As transformers does: files decide over tokenizer_config.json.
    void theJinjaFileDecides()
    {
        TinyLlama().write(path("in"));
        writeTextFile(path("in") + "/tokenizer_config.json", R"({"chat_template": "old"})");
        writeTextFile(path("in") + "/chat_template.jinja", "new");
        exported(path("in"), "gguf", path("out.gguf"));
        QCOMPARE(std::get<std::string>(
                     openCheckpoint(path("out.gguf")).metadata.at("tokenizer.chat_template")),
                 std::string("new"));
    }
};

QTEST_APPLESS_MAIN(TestLosslessExports)
#include "tst_lossless_exports.moc"
