// SPDX-License-Identifier: GPL-3.0-or-later
// BERT: its heads, what is refused, batches, and logits computed by others.
#include "core/base/error.h"
#include "core/network/engine/engine.h"
#include "tests/core/network/tiny_bert.h"
#include "tests/refusal.h"
#include "tests/relative_difference.h"

#include <QTemporaryDir>
#include <QtTest>
#include <functional>

using namespace bitloom;

namespace {

using Change = std::function<void(TinyBert&)>;

std::vector<int32_t> text(int32_t length, int32_t step)
{
    std::vector<int32_t> tokens;
    for (int32_t i = 0; i < length; ++i)
        tokens.push_back((i + 1) * step % 2048);
    return tokens;
}

TextBatch threeTexts()
{
    TextBatch batch;
    batch.add(text(7, 37));
    batch.add(text(1, 500));
    batch.add(text(40, 91));
    return batch;
}

const Slot& slotNamed(const Model& model, const std::string& name)
{
    const int index = model.graph.findSlot(name);
    if (index < 0)
        throw Error("test", "there is no slot " + name);
    return model.graph.slot(index);
}

} // namespace

Q_DECLARE_METATYPE(Change)

class TestBert : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;
    int m_written = 0;

    std::shared_ptr<const Model> opened(const TinyBert& tiny)
    {
        const std::string folder = m_folder.filePath(QString("m%1").arg(++m_written)).toStdString();
        tiny.write(folder);
        return openModel(folder);
    }
    static Matrix encoded(const std::shared_ptr<const Model>& model, const TextBatch& batch)
    {
        return makeTorchEngine(model, OriginalWeights(model), {.threads = 1})->encode(batch);
    }

private Q_SLOTS:
    /// transformers leaves the names of two labels away.
    void labelsWithoutNamesAreCounted()
    {
        TinyBert tiny;
        tiny.configuration.erase("id2label");
        tiny.configuration["num_labels"] = 3;
        const std::string folder = m_folder.filePath("nameless").toStdString();
        tiny.write(folder);
        const auto model = openModel(folder);
        QVERIFY2(model->runnable(), model->missing.c_str());
        QCOMPARE(model->graph.labels, (std::vector<std::string>{"LABEL_0", "LABEL_1", "LABEL_2"}));
    }

    void classifier()
    {
        const auto model = opened({});
        QVERIFY2(model->runnable(), model->missing.c_str());
        QCOMPARE(model->graph.output, OutputKind::Class);
        QCOMPARE(model->graph.labels, (std::vector<std::string>{"bad", "fair", "good"}));
        QCOMPARE(slotNamed(*model, "encoder.layer.1.attention.self.key").role, Role::AttentionKey);
        QCOMPARE(slotNamed(*model, "embeddings.word_embeddings").role, Role::TokenEmbedding);
        QVERIFY(!slotNamed(*model, "embeddings.token_type_embeddings").quantizable);
        QCOMPARE(slotNamed(*model, "pooler.dense").role, Role::Pooler);
        QCOMPARE(slotNamed(*model, "classifier").rows, int64_t{3});
        const Matrix logits = encoded(model, threeTexts());
        QCOMPARE(logits.rows, int64_t{3});
        QCOMPARE(logits.columns, int64_t{3});
    }

    void namesOfOldCheckpoints()
    {
        const auto plain = opened({});
        TinyBert old; // weights are drawn by name, so the new names' are compared by shape alone
        old.rename("LayerNorm.weight", "LayerNorm.gamma");
        for (int i = 0; i < 10; ++i)
            old.rename("LayerNorm.weight", "LayerNorm.gamma");
        old.shapes["bert.embeddings.position_ids"] = {1, 301};
        std::map<std::string, Shape> renamed;
        for (const auto& [name, shape] : old.shapes) {
            std::string other = name;
            if (other.ends_with("LayerNorm.bias"))
                other.replace(other.size() - 4, 4, "beta");
            renamed[other] = shape;
        }
        old.shapes = renamed;
        const auto model = opened(old);
        QVERIFY2(model->runnable(), model->missing.c_str());
        QCOMPARE(model->graph.slots.size(), plain->graph.slots.size() + 1); // listed, never read
        QCOMPARE(model->graph.slots.back().role, Role::Unused);
        QCOMPARE(model->graph.findSlot("embeddings.LayerNorm") >= 0, true);
    }

    void sentenceEncoder()
    {
        for (const char* mode : {"mean_tokens", "cls_token"}) {
            TinyBert tiny;
            tiny.makeSentenceEncoder(mode);
            const auto model = opened(tiny);
            QVERIFY2(model->runnable(), model->missing.c_str());
            QCOMPARE(model->graph.output, OutputKind::Embedding);
            QCOMPARE(model->graph.contextLength, int64_t{64});
            const Slot& pooler = slotNamed(*model, "pooler.dense");
            QCOMPARE(pooler.role, Role::Unused);
            QVERIFY(!pooler.quantizable && pooler.uses.empty());
            const Matrix all = encoded(model, threeTexts());
            QCOMPARE(all.rows, int64_t{3});
            for (int64_t row = 0; row < 3; ++row) {
                double square = 0;
                for (const float x : all.row(row))
                    square += double{x} * double{x};
                QVERIFY(std::abs(square - 1) < 1e-5);
            }
        }
    }

    /// Sentences of different lengths side by side give what each gives alone, and the order of
    /// words counts.
    void batchesChangeNothing()
    {
        const auto model = opened({});
        const TextBatch batch = threeTexts();
        const Matrix together = encoded(model, batch);
        for (size_t i = 0; i < 3; ++i) {
            const Matrix alone = encoded(model, batch.texts(model->graph, i, i + 1));
            Matrix row(1, 3);
            std::ranges::copy(together.row(static_cast<int64_t>(i)), row.values.begin());
            QVERIFY(relativeDifference(alone, row) < 1e-5);
        }
        TextBatch turned = batch.texts(model->graph, 0, 1);
        std::ranges::reverse(turned.tokens);
        QVERIFY(relativeDifference(encoded(model, turned),
                                   encoded(model, batch.texts(model->graph, 0, 1))) > 1e-3);
    }

    void startsAtAnyValue()
    {
        const auto model = opened({});
        const auto engine = makeTorchEngine(model, OriginalWeights(model), {.threads = 1});
        std::map<int, Matrix> seen;
        const Matrix expected = engine->encode(threeTexts(), [&](int value, MatrixView view) {
            seen[value] = Matrix(view.rows, view.columns);
            std::copy_n(view.data, view.size(), seen[value].values.begin());
        });
        for (const char* name :
             {"embeddings", "blocks.0.residual", "blocks.1.residual", "pooled"}) {
            TextBatch batch;
            batch.lengths = threeTexts().lengths;
            batch.given = model->graph.findValue(name);
            batch.rows = seen.at(batch.given);
            QCOMPARE(engine->encode(batch).values, expected.values);
        }
        TextBatch half; // the residual beside it is missing
        half.lengths = {4};
        half.given = model->graph.findValue("blocks.1.attention.output");
        half.rows = Matrix(4, 36);
        QVERIFY_THROWS_EXCEPTION(Error, engine->encode(half));
        half.given = model->graph.findValue("embeddings");
        half.rows = Matrix(3, 36);
        QVERIFY_THROWS_EXCEPTION(Error, engine->encode(half));
        TextBatch long302;
        long302.add(text(302, 3));
        QVERIFY_THROWS_EXCEPTION(Error, engine->encode(long302));
    }

    void refusals_data()
    {
        QTest::addColumn<Change>("change");
        QTest::addColumn<QString>("named");
        const auto row = [](const char* name, const char* named, Change change) {
            QTest::newRow(name) << std::move(change) << QString(named);
        };
        const auto field = [&](const char* name, const nlohmann::json& value) {
            row(name, name, [=](TinyBert& tiny) { tiny.configuration[name] = value; });
        };
        field("hidden_act", "swish");
        field("position_embedding_type", "relative_key");
        field("is_decoder", true);
        field("add_cross_attention", true);
        field("problem_type", "regression");
        row("odd heads", "num_attention_heads",
            [](TinyBert& tiny) { tiny.configuration["num_attention_heads"] = 4; });
        row("head", "BertForMaskedLM",
            [](TinyBert& tiny) { tiny.configuration["architectures"] = {"BertForMaskedLM"}; });
        row("pooling", "max_tokens", [](TinyBert& tiny) {
            tiny.makeSentenceEncoder("mean_tokens");
            tiny.sideFiles["1_Pooling/config.json"] = R"({"pooling_mode_max_tokens": true})";
        });
        row("prompt", "default_prompt_name query", [](TinyBert& tiny) {
            tiny.makeSentenceEncoder("mean_tokens");
            tiny.sideFiles["config_sentence_transformers.json"] =
                R"({"prompts": {"query": "search: "}, "default_prompt_name": "query"})";
        });
        row("lower case", "do_lower_case", [](TinyBert& tiny) {
            tiny.makeSentenceEncoder("mean_tokens");
            tiny.sideFiles["sentence_bert_config.json"] =
                R"({"max_seq_length": 64, "do_lower_case": true})";
        });
        row("module", "Dense", [](TinyBert& tiny) {
            tiny.makeSentenceEncoder("mean_tokens");
            tiny.sideFiles["modules.json"] = R"([{"type": "sentence_transformers.models.Dense"}])";
        });
    }
    void refusals()
    {
        QFETCH(Change, change);
        QFETCH(QString, named);
        TinyBert tiny;
        change(tiny);
        const auto model = opened(tiny);
        QVERIFY(!model->runnable() && !model->graph.runnable());
        QVERIFY2(QString::fromStdString(model->missing).contains(named), model->missing.c_str());
        QVERIFY(!model->graph.slots.empty());
    }

    void brokenCheckpoints()
    {
        TinyBert strange;
        strange.shapes["bert.encoder.layer.0.adapter.weight"] = {4, 4};
        QVERIFY(!opened(strange)->graph.runnable());
        TinyBert missing;
        missing.shapes.erase("bert.encoder.layer.1.output.dense.bias");
        QVERIFY(!opened(missing)->graph.runnable());
        TinyBert odd;
        odd.configuration["num_attention_heads"] = 5;
        QVERIFY_THROWS_EXCEPTION(Error, opened(odd));
    }

    void brokenFilesAreNamed_data()
    {
        QTest::addColumn<QString>("file");
        QTest::addColumn<QString>("text");
        QTest::addColumn<QString>("said");
        QTest::newRow("sentence") << "sentence_bert_config.json"
                                  << R"({"max_seq_length": -1})"
                                  << "says max_seq_length is -1";
        QTest::newRow("modules") << "modules.json"
                                 << R"([{"type": 5}])"
                                 << "says type is 5";
        QTest::newRow("pooling") << "1_Pooling/config.json"
                                 << R"({"pooling_mode": 5})"
                                 << "says pooling_mode is 5";
        QTest::newRow("prompts") << "config_sentence_transformers.json"
                                 << R"({"default_prompt_name": 5})"
                                 << "says default_prompt_name is 5";
    }
    void brokenFilesAreNamed()
    {
        QFETCH(QString, file);
        QFETCH(QString, text);
        QFETCH(QString, said);
        TinyBert tiny;
        tiny.makeSentenceEncoder("mean_tokens");
        tiny.sideFiles[file.toStdString()] = text.toStdString();
        QCOMPARE(refusal([&] { opened(tiny); }), "[bert] " + file + ' ' + said);
    }
    void oddLabelsAreNamed_data()
    {
        QTest::addColumn<QString>("labels");
        QTest::addColumn<QString>("said");
        QTest::newRow("object") << R"({"0": "bad", "1": {}, "2": "good"})"
                                << "id2label.1 is {}, which is no name";
        QTest::newRow("list") << R"(["bad", "so", "good"])"
                              << "id2label is [\"bad\",\"so\",\"good\"], which is no object";
        QTest::newRow("gap") << R"({"0": "bad", "2": "good"})"
                             << "id2label names 2 labels, but none of them 1";
        QTest::newRow("null") << R"({"0": "bad", "1": null, "2": "good"})"
                              << "";
    }
    void oddLabelsAreNamed()
    {
        QFETCH(QString, labels);
        QFETCH(QString, said);
        TinyBert tiny;
        tiny.configuration["id2label"] = nlohmann::json::parse(labels.toStdString());
        const auto model = opened(tiny);
        QCOMPARE(model->runnable(), said.isEmpty());
        QVERIFY2(QString::fromStdString(model->missing).contains(said), model->missing.c_str());
        if (said.isEmpty())
            QCOMPARE(model->graph.labels, (std::vector<std::string>{"bad", "LABEL_1", "good"}));
    }

    /// Of a table of numbers, transformers writes numbers.
    void labelsMayBeNumbers()
    {
        TinyBert tiny;
        tiny.configuration["id2label"] = {{"0", 0}, {"1", 1.5}, {"2", true}};
        const auto model = opened(tiny);
        QVERIFY2(model->runnable(), model->missing.c_str());
        QCOMPARE(model->graph.labels, (std::vector<std::string>{"0", "1.5", "true"}));
    }

    /// The tables are missing: it says so, and runs on what their norm gave.
    void withoutTables()
    {
        BITLOOM_REQUIRE_TEST_DATA();
        const std::string folder = testData() + "/models/bert-tiny-sst2/hf-encoder";
        const auto model = openModel(folder);
        QVERIFY(!model->runnable() && model->runsOnValues());
        QVERIFY2(model->missing.find("embedding tables") != std::string::npos,
                 model->missing.c_str());
        const Checkpoint inputs = openCheckpoint(folder + "/sample_inputs_embeds.safetensors");
        const Checkpoint expected = openCheckpoint(folder + "/expected_logits.safetensors");
        QCOMPARE(inputs.tensors.size(), size_t{7});
        const auto engine = makeTorchEngine(model, OriginalWeights(model));
        for (const StoredTensor& sentence : inputs.tensors) {
            TextBatch batch;
            batch.rows = sentence.read();
            batch.lengths = {batch.rows.rows};
            batch.given = model->graph.findValue("embeddings");
            QVERIFY(relativeDifference(engine->encode(batch),
                                       expected.find(sentence.name)->read()) < 1e-4);
        }
    }
};

QTEST_GUILESS_MAIN(TestBert)
#include "tst_bert.moc"
