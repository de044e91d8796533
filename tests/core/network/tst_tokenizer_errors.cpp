// SPDX-License-Identifier: GPL-3.0-or-later
// What cannot be honoured exactly is refused in one sentence that names it.
#include "core/network/tokenizers/tokenizer_gguf.h"
#include "tests/core/network/tokenizer_cases.h"

#include <QtTest>

using namespace bitloom;
using Json = nlohmann::json;

class TestTokenizerErrors : public QObject {
    Q_OBJECT

    using Edit = std::function<void(Json&)>;

    static QString failureOf(const std::string& tokenizer, const Edit& edit)
    {
        Checkpoint checkpoint = referenceTokenizer(tokenizer);
        Json json = Json::parse(checkpoint.sideFiles["tokenizer.json"]);
        edit(json);
        checkpoint.sideFiles["tokenizer.json"] = json.dump();
        return refusal([&] { makeTokenizer(*readTokenizerData(checkpoint)); });
    }

    static std::map<std::string, MetadataValue> ggufOf(const std::string& tokenizer)
    {
        const auto data = readTokenizerData(referenceTokenizer(tokenizer));
        std::map<std::string, MetadataValue> metadata;
        for (const GgufEntry& entry : ggufTokenizerMetadata(*data))
            metadata[entry.key] = entry.value;
        return metadata;
    }

private Q_SLOTS:
    void noTokenizerIsNoError() { QVERIFY(!readTokenizerData(Checkpoint()).has_value()); }

    void refusals_data()
    {
        QTest::addColumn<QString>("tokenizer");
        QTest::addColumn<QString>("place");
        QTest::addColumn<QString>("value");
        QTest::addColumn<QString>("named");
        const auto row = [](const char* name, const char* tokenizer, const char* place,
                            const char* value, const char* named) {
            QTest::newRow(name) << tokenizer << place << value << named;
        };
        row("unigram", "sample", "/model/type", "\"Unigram\"", "Unigram");
        row("dropout", "sample", "/model/dropout", "0.1", "dropout");
        row("normalizer", "sample", "/normalizer", "{\"type\": \"Lowercase\"}", "Lowercase");
        row("byte-level normalizer", "byte_gpt2", "/normalizer", "{\"type\": \"NFC\"}", "NFC");
        row("pre-tokenizer", "sample", "/pre_tokenizer", "{\"type\": \"Digits\"}", "Digits");
        row("post-processor", "sample", "/post_processor", "{\"type\": \"BertProcessing\"}",
            "BertProcessing");
        row("stripping token", "sample", "/added_tokens/2/rstrip", "true", "rstrip");
        row("merge of unknown", "sample", "/model/merges/0", "\"q zebra\"", "zebra");
        row("merge of one", "sample", "/model/merges/0", "\"zebra\"", "zebra");
        row("no vocabulary", "sample", "/model/vocab", "{}", "vocabulary");
        row("id of text", "sample", "/model/vocab/zebra", "\"seven\"", "broken");
        row("huge id", "sample", "/model/vocab/zebra", "1000000000000", "1000000000000");
        row("negative id", "sample", "/model/vocab/zebra", "-3", "-3");
        row("lost unknown", "characters", "/model/unk_token", "\"zebra\"", "unk_token");
        row("decoder", "characters", "/decoder", "{\"type\": \"WordPiece\"}", "WordPiece");
        row("broken expression", "byte_llama3", "/pre_tokenizer/pretokenizers/0/pattern/Regex",
            "\"(a\"", "regular expression");
    }
    void refusals()
    {
        QFETCH(QString, tokenizer);
        QFETCH(QString, place);
        QFETCH(QString, value);
        QFETCH(QString, named);
        const QString sentence = failureOf(tokenizer.toStdString(), [&](Json& json) {
            const Json step = {{"op", "add"},
                               {"path", place.toStdString()},
                               {"value", Json::parse(value.toStdString())}};
            json = json.patch(Json::array({step}));
        });
        QVERIFY2(sentence.startsWith("[tokenizer] ") && sentence.contains(named),
                 qPrintable(sentence));
    }

    void brokenJson()
    {
        Checkpoint checkpoint;
        checkpoint.sideFiles["tokenizer.json"] = "{\"model\": ";
        const QString sentence = refusal([&] { readTokenizerData(checkpoint); });
        QVERIFY2(sentence.contains("tokenizer.json is not valid JSON"), qPrintable(sentence));
    }

    void unknownWordCutHasNoGgufName()
    {
        auto data = *readTokenizerData(referenceTokenizer("byte_llama3"));
        data.preTokenizerName.clear();
        QVERIFY(refusal([&] { ggufTokenizerMetadata(data); }).contains("cuts text into words"));
    }

    void ggufHasNoPlainBpe()
    {
        const auto data = *readTokenizerData(referenceTokenizer("characters"));
        QVERIFY(refusal([&] { ggufTokenizerMetadata(data); }).contains("this model's kind, bpe"));
    }

    void brokenGguf()
    {
        auto metadata = ggufOf("sample");
        metadata["tokenizer.ggml.model"] = std::string("bert");
        QVERIFY(refusal([&] { tokenizerFromGguf(metadata); }).contains("bert"));

        metadata = ggufOf("sample");
        metadata["tokenizer.ggml.tokens"] = true;
        QVERIFY(refusal([&] { tokenizerFromGguf(metadata); }).contains("wrong type"));

        metadata = ggufOf("sample");
        metadata["tokenizer.ggml.token_type"] = std::vector<int64_t>{1, 1};
        QVERIFY(refusal([&] { tokenizerFromGguf(metadata); }).contains("2 entries"));

        metadata = ggufOf("sample");
        metadata["tokenizer.ggml.bos_token_id"] = uint64_t{70000};
        QVERIFY(refusal([&] {
                    makeTokenizer(tokenizerFromGguf(metadata));
                }).contains("outside the vocabulary"));

        metadata = ggufOf("byte_gpt2");
        metadata["tokenizer.ggml.pre"] = std::string("zebra");
        QVERIFY(refusal([&] { tokenizerFromGguf(metadata); }).contains("zebra"));
    }

    void unknownKind()
    {
        TokenizerData data;
        data.kind = "zebra";
        QVERIFY(refusal([&] { makeTokenizer(data); }).contains("zebra"));
    }
};

QTEST_APPLESS_MAIN(TestTokenizerErrors)
#include "tst_tokenizer_errors.moc"
