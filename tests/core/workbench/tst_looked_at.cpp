// SPDX-License-Identifier: GPL-3.0-or-later
// What cannot be run opens for looking: every tensor is listed, and the reason is said.
#include "core/workbench/evaluation/exports.h"
#include "core/workbench/prediction/predictions.h"
#include "core/workbench/prediction/slot_errors.h"
#include "core/workbench/report/report.h"
#include "core/workbench/session/memory.h"
#include "core/workbench/session/opened_model.h"
#include "core/workbench/statistics/model_statistics.h"
#include "core/workbench/workbench.h"
#include "tests/core/network/tiny_llama.h"
#include "tests/core/workbench/odd_tensors.h"
#include "tests/core/workbench/sample_workbench.h"
#include "tests/refusal.h"

#include <QTemporaryDir>
#include <QtTest>

using namespace bitloom;

namespace {

const std::vector<OddTensor> kGptq = {{"model.layers.0.mlp.up_proj.qweight", "I32", "[3,40]", 480},
                                      {"model.layers.0.mlp.up_proj.qzeros", "I32", "[1,5]", 20},
                                      {"model.layers.0.mlp.up_proj.scales", "F16", "[1,40]", 80},
                                      {"model.layers.0.mlp.up_proj.g_idx", "I32", "[24]", 96}};
const std::vector<OddTensor> kFp8 = {
    {"model.layers.0.mlp.up_proj.weight", "F8_E4M3", "[40,24]", 960},
    {"model.layers.0.mlp.up_proj.weight_scale_inv", "F32", "[2,2]", 16},
    {"model.layers.0.self_attn.k_scale", "F32", "[]", 4}};

int64_t elements(const Checkpoint& checkpoint)
{
    int64_t sum = 0;
    for (const StoredTensor& tensor : checkpoint.tensors)
        sum += elementCount(tensor.shape);
    return sum;
}

/// Every tensor of the file is seen by exactly one slot, under a name of its own.
void everyTensorIsListed(const Model& model)
{
    std::set<std::string> names;
    std::set<std::string> tensors;
    int64_t weights = 0;
    for (const Slot& slot : model.graph.slots) {
        QVERIFY2(names.insert(slot.name).second, slot.name.c_str());
        tensors.insert(slot.tensor);
        weights += slot.weights();
    }
    QCOMPARE(tensors.size(), model.checkpoint.tensors.size());
    QCOMPARE(weights, elements(model.checkpoint));
}

} // namespace

Q_DECLARE_METATYPE(std::vector<OddTensor>)

class TestLookedAt : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;
    Progress m_silent;

    std::string path(const char* name = "in") const
    {
        return m_folder.filePath(name).toStdString();
    }

private Q_SLOTS:
    void cleanup()
    {
        for (const auto& entry : std::filesystem::directory_iterator(m_folder.path().toStdString()))
            std::filesystem::remove_all(entry);
    }

    void quantizedFoldersSayHow_data()
    {
        QTest::addColumn<QString>("file");
        QTest::addColumn<QString>("text");
        QTest::addColumn<QString>("said");
        const auto row = [](const char* name, const char* text, const char* said,
                            const char* file = "config.json") {
            QTest::newRow(name) << file << text << said;
        };
        row("gptq", R"({"quant_method":"gptq","bits":4,"group_size":128,"sym":true})",
            "gptq, 4 bits, group size 128");
        row("awq", R"({"quant_method":"awq","w_bit":4,"q_group_size":64,"version":"gemm"})",
            "awq, 4 bits, group size 64");
        row("whole rows", R"({"quant_method":"gptq","bits":8,"group_size":-1})", "gptq, 8 bits");
        row("compressed-tensors",
            R"({"quant_method":"compressed-tensors","format":"pack-quantized","config_groups":
                {"group_0":{"targets":["Linear"],"weights":{"num_bits":4,"group_size":32}}}})",
            "compressed-tensors, 4 bits, group size 32");
        row("fp8", R"({"quant_method":"fp8","weight_block_size":[128,128]})",
            "fp8, blocks of [128,128]");
        row("bitsandbytes", R"({"quant_method":"bitsandbytes","load_in_4bit":true,
                                "load_in_8bit":false})",
            "bitsandbytes, 4 bits");
        row("bitsandbytes 8", R"({"quant_method":"bitsandbytes","_load_in_8bit":true,
                                  "load_in_8bit":true})",
            "bitsandbytes, 8 bits");
        row("switched off", R"({"quant_method":"bitsandbytes","load_in_4bit":false,
                                "load_in_8bit":false})",
            "");
        row("null", "null", "");
        row("nameless", R"({"bits":3})", "a method without a name, 3 bits");
        row("odd values", R"({"quant_method":7,"bits":"four","config_groups":[1]})",
            "a method without a name");
        row("old gptq", R"({"bits":4,"group_size":128,"desc_act":false})",
            "gptq, 4 bits, group size 128", "quantize_config.json");
        row("old awq", R"({"w_bit":4,"q_group_size":128,"zero_point":true})",
            "awq, 4 bits, group size 128", "quant_config.json");
    }

    void quantizedFoldersSayHow()
    {
        QFETCH(QString, file);
        QFETCH(QString, text);
        QFETCH(QString, said);
        TinyLlama tiny;
        if (file == "config.json")
            tiny.configuration["quantization_config"] = nlohmann::json::parse(text.toStdString());
        else
            tiny.sideFiles[file.toStdString()] = text.toStdString();
        tiny.write(path());
        const auto model = openModel(path());
        QCOMPARE(QString::fromStdString(model->quantization), said);
        QCOMPARE(model->runnable(), said.isEmpty());
        if (said.isEmpty())
            return;
        const QString missing = QString::fromStdString(model->missing);
        QVERIFY2(missing.contains("already quantized with " + said + "."), qPrintable(missing));
        everyTensorIsListed(*model);
        Recipe recipe;
        recipe.target = "safetensors";
        const QString refused = refusal([&] {
            applySet(recipe, *model, ".*", {{"int4-row-sym"}, "mse"});
        });
        QVERIFY2(refused.contains(said), qPrintable(refused));
    }

    void tensorsOfAnotherNetworkOpenForLooking_data()
    {
        QTest::addColumn<std::vector<OddTensor>>("added");
        QTest::addColumn<QString>("without");
        QTest::addColumn<QString>("named");
        QTest::newRow("gptq") << kGptq << "layers.0.mlp.up_proj.weight"
                              << "model.layers.0.mlp.up_proj.weight is missing";
        QTest::newRow("fp8") << kFp8 << "layers.0.mlp.up_proj.weight"
                             << "has no place";
        QTest::newRow("bitsandbytes")
            << std::vector<OddTensor>{{"model.layers.0.mlp.up_proj.weight", "U8", "[480,1]", 480}}
            << "layers.0.mlp.up_proj.weight"
            << "480 × 1, should be 40 × 24";
        QTest::newRow("int8") << std::vector<OddTensor>{{"model.layers.0.mlp.up_proj.weight", "I8",
                                                         "[40,24]", 960}}
                              << "layers.0.mlp.up_proj.weight"
                              << "stored as I8";
        QTest::newRow("one too many")
            << std::vector<OddTensor>{{"model.layers.0.self_attn.k_scale", "F32", "[1]", 4}} << ""
            << "k_scale";
        QTest::newRow("an adapter")
            << std::vector<OddTensor>{{"model.layers.0.mlp.up_proj.lora_A.weight", "F32", "[2,24]",
                                       192}}
            << ""
            << "lora_A";
        QTest::newRow("an empty marker")
            << std::vector<OddTensor>{{"model.marker", "F32", "[0]", 0}} << ""
            << "model.marker";
        QTest::newRow("names that meet")
            << std::vector<OddTensor>{{"model.norm", "F32", "[2]", 8}, {"", "U8", "[1]", 1}} << ""
            << "has no place";
    }

    void tensorsOfAnotherNetworkOpenForLooking()
    {
        QFETCH(std::vector<OddTensor>, added);
        QFETCH(QString, without);
        QFETCH(QString, named);
        TinyLlama().write(path());
        addOddTensors(path(), added, without.toStdString());
        const auto model = openModel(path());
        QVERIFY(!model->runnable() && !model->graph.runnable());
        const QString missing = QString::fromStdString(model->missing);
        QVERIFY2(missing.startsWith("Only the weights can be looked at: ") &&
                     missing.contains(named) && !missing.contains('['),
                 qPrintable(missing));
        everyTensorIsListed(*model);
        for (const Slot& slot : model->graph.slots)
            if (slot.name.find("scale") != std::string::npos)
                QVERIFY2(!slot.quantizable, slot.name.c_str());
    }

    /// Whatever can be asked of a slot is answered, or refused with the tensor's name.
    void unreadableSlotsAreHarmless()
    {
        TinyLlama().write(path());
        std::vector<OddTensor> added = kFp8;
        added.push_back({"empty", "F32", "[0,8]", 0});
        added.push_back({"hollow", "F16", "[3,0]", 0});
        addOddTensors(path(), added, "layers.0.mlp.up_proj.weight");
        const auto workbench = Workbench::open(path(), torchEngines());
        const Model& model = workbench->model();
        int unreadable = 0;
        for (size_t i = 0; i < model.graph.slots.size(); ++i) {
            const auto slot = static_cast<int>(i);
            QCOMPARE(slotBytes(model, model.graph.slots[i], ""),
                     static_cast<int64_t>(model.storedOf(model.graph.slots[i]).bytes.size()));
            QCOMPARE(workbench->slotErrors().slotError(slot, {}, true, m_silent).relative, 0.0);
            if (model.canRead(slot)) {
                QVERIFY(workbench->statistics().statistics(slot, m_silent).complete);
                continue;
            }
            ++unreadable;
            QVERIFY(!model.graph.slots[i].quantizable);
            const QString said =
                refusal([&] { workbench->statistics().statistics(slot, m_silent); });
            QVERIFY2(said.contains(QString::fromStdString(model.graph.slots[i].tensor)),
                     qPrintable(said));
            QVERIFY(
                !refusal([&] { workbench->statistics().overlay(slot, {}, m_silent); }).isEmpty());
        }
        QCOMPARE(unreadable, 3);
        Recipe recipe;
        recipe.target = "safetensors";
        applySet(recipe, model, ".*embed.*", {{"int8-row-sym"}, "nearest"});
        QVERIFY(workbench->opened().size(recipe).fileBytes > 0);
        QVERIFY(estimateMemory(model, recipe).quantized > 0);
        QVERIFY(!refusal([&] { workbench->opened().memory(recipe, 1); }).isEmpty());
        QVERIFY(workbench->reports().gatherReport(recipe, {}, m_silent).slots.size() > 1);
        QVERIFY(!workbench->predictions().prediction(recipe, m_silent));
    }

    /// Buffers are listed, and neither loaded nor counted as what the network is made of.
    void runningNetworksListWhatTheyNeverRead()
    {
        TinyLlama().write(path());
        const auto before = openModel(path());
        addOddTensors(path(), {{"model.layers.0.self_attn.rotary_emb.inv_freq", "F64", "[3]", 24}});
        const auto model = openModel(path());
        QVERIFY2(model->runnable(), model->missing.c_str());
        everyTensorIsListed(*model);
        QCOMPARE(model->graph.slots.size(), before->graph.slots.size() + 1);
        QCOMPARE(model->graph.slots.back().role, Role::Unused);
        QVERIFY(!model->graph.slots.back().quantizable);
        QCOMPARE(model->graph.weights(), before->graph.weights());
        const auto logits = [](const std::shared_ptr<const Model>& of, int64_t resident) {
            TorchOptions options;
            options.threads = 1;
            options.residentWeightBytes = resident;
            const auto engine = makeTorchEngine(of, OriginalWeights(of), options);
            const auto sequence = engine->newSequence(8);
            return engine->run(*sequence, std::vector<int32_t>{1, 400, 500}, Rows::All).values;
        };
        for (const int64_t resident : {int64_t{0}, int64_t{1} << 30})
            QCOMPARE(logits(model, resident), logits(before, resident));
    }

    void weightsStandForTheirFolder()
    {
        TinyLlama().write(path());
        const auto folder = openModel(path());
        const auto file = openModel(path() + "/model.safetensors");
        QVERIFY2(file->runnable(), file->missing.c_str());
        QCOMPARE(file->name, folder->name);
        QCOMPARE(file->identity, folder->identity);
        QCOMPARE(file->checkpoint.path, path());
        // Another file beside them stands for itself, as does one without a config.json.
        std::filesystem::copy(path() + "/model.safetensors", path() + "/other.safetensors");
        QVERIFY(!openModel(path() + "/other.safetensors")->runnable());
        std::filesystem::remove(path() + "/config.json");
        QVERIFY(!openModel(path() + "/model.safetensors")->runnable());
    }

    void shardsStandForTheirFolder()
    {
        TinyLlama().write(path());
        std::filesystem::rename(path() + "/model.safetensors",
                                path() + "/model-00001-of-00001.safetensors");
        nlohmann::json index;
        for (const auto& [name, shape] : TinyLlama().shapes)
            index["weight_map"][name] = "model-00001-of-00001.safetensors";
        writeTextFile(path() + "/model.safetensors.index.json", index.dump());
        for (const char* name :
             {"model-00001-of-00001.safetensors", "model.safetensors.index.json"})
            QVERIFY(openModel(path() + "/" + name)->runnable());
    }

    /// They are loaded with their shards: listed, not in the way, and not lost.
    void whatTheIndexLeavesOutIsListed()
    {
        TinyLlama().write(path());
        const auto whole = openModel(path());
        addOddTensors(path(), {{"model.layers.7.mlp.up_proj.weight", "F32", "[3,2]", 24},
                               {"model.layers.0.mlp.up_proj.bias", "F32", "[2]", 8},
                               {"old_scales", "F8_E4M3", "[5]", 5}});
        std::filesystem::rename(path() + "/model.safetensors", path() + "/all.safetensors");
        nlohmann::json index;
        for (const auto& [name, shape] : TinyLlama().shapes)
            index["weight_map"][name] = "all.safetensors";
        index["weight_map"].erase("lm_head.weight"); // the network finds it all the same
        writeTextFile(path() + "/model.safetensors.index.json", index.dump());
        const auto workbench = Workbench::open(path(), torchEngines());
        const Model& model = workbench->model();
        QVERIFY2(model.runnable(), model.missing.c_str());
        everyTensorIsListed(model);
        QCOMPARE(model.checkpoint.tensors.size(), whole->checkpoint.tensors.size() + 3);
        QCOMPARE(model.graph.slots.back().role, Role::Unused);
        QCOMPARE(model.graph.weights(), whole->graph.weights());
        const QString notice = QString::fromStdString(model.notice);
        QVERIFY2(notice.contains("4 tensors that the index does not name"), qPrintable(notice));
        Recipe recipe;
        recipe.target = "safetensors";
        workbench->exports().exportModel(recipe, "safetensors", path("out.safetensors"), m_silent);
        const Checkpoint written = openCheckpoint(path("out.safetensors"));
        QCOMPARE(written.tensors.size(), model.checkpoint.tensors.size());
        QVERIFY(std::ranges::equal(written.find("old_scales")->bytes,
                                   model.checkpoint.find("old_scales")->bytes));
    }

    void ggufArraysOfOneNumberPerBlock_data()
    {
        QTest::addColumn<std::vector<int>>("heads");
        QTest::addColumn<QString>("said");
        QTest::newRow("equal") << std::vector<int>{2, 2} << "";
        QTest::newRow("differing") << std::vector<int>{2, 1}
                                   << "llama.attention.head_count_kv differs from block to block";
        QTest::newRow("empty") << std::vector<int>{} << "head_count_kv is an empty list";
    }

    void ggufArraysOfOneNumberPerBlock()
    {
        QFETCH(std::vector<int>, heads);
        QFETCH(QString, said);
        Bytes list;
        list.u32(9).u32(4).u64(heads.size());
        for (const int count : heads)
            list.u32(static_cast<uint32_t>(count));
        writeChangedGguf({{"llama.attention.head_count_kv", list.text()}}, {});
        const auto model = openModel(path("changed.gguf"));
        const QString missing = QString::fromStdString(model->missing);
        QVERIFY2(said.isEmpty() ? missing.isEmpty() : missing.contains(said), qPrintable(missing));
        everyTensorIsListed(*model);
    }

    void ggufWithMoreThanWeKnowOpens()
    {
        writeChangedGguf({{"x.nested", Bytes().u32(9).u32(9).u64(1).u32(4).u64(1).u32(3).text()}},
                         {});
        QVERIFY(openModel(path("changed.gguf"))->runnable());
        writeChangedGguf({}, {"blk.0.extra.weight"});
        const auto model = openModel(path("changed.gguf"));
        const QString missing = QString::fromStdString(model->missing);
        QVERIFY2(missing.contains("blk.0.extra.weight") && !missing.contains("config.json"),
                 qPrintable(missing));
        everyTensorIsListed(*model);
        Recipe recipe;
        const auto workbench = Workbench::open(path("changed.gguf"), torchEngines());
        const QString refused = refusal(
            [&] { workbench->exports().exportModel(recipe, "gguf", path("out.gguf"), m_silent); });
        QVERIFY2(refused.contains("blk.0.extra.weight"), qPrintable(refused));
        recipe.target = "safetensors";
        const ExportReport report = workbench->exports().exportModel(
            recipe, "safetensors", path("out.safetensors"), m_silent);
        QCOMPARE(report.tensorsVerified, static_cast<int64_t>(model->checkpoint.tensors.size()));
    }

private:
    /// A GGUF of a tiny Llama with other keys and further tensors.
    void writeChangedGguf(const std::map<std::string, std::string>& keys,
                          const std::vector<std::string>& further)
    {
        TinyLlama().write(path());
        Recipe recipe;
        Workbench::open(path(), torchEngines())
            ->exports()
            .exportModel(recipe, "gguf", path("plain.gguf"), m_silent);
        const Checkpoint plain = openCheckpoint(path("plain.gguf"));
        std::map<std::string, std::string> all = plain.encodedKeys;
        for (const auto& [key, encoded] : keys)
            all[key] = encoded;
        std::vector<GgufEntry> entries;
        for (const auto& [key, encoded] : all)
            entries.push_back({key, GgufEntry::Type::Encoded, encoded});
        std::vector<TensorToWrite> tensors;
        for (const StoredTensor& tensor : plain.tensors)
            tensors.push_back(copyOf(tensor));
        for (const std::string& name : further) {
            tensors.push_back(copyOf(*plain.find("output_norm.weight")));
            tensors.back().name = name;
        }
        QVERIFY(writeGguf(path("changed.gguf"), entries, tensors, m_silent));
    }
};

QTEST_APPLESS_MAIN(TestLookedAt)
#include "tst_looked_at.moc"
