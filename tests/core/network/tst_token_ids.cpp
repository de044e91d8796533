// SPDX-License-Identifier: GPL-3.0-or-later
// Tokens that the network has no row for, that are called like bytes, and texts that are not cut.
#include "core/network/model/model.h"
#include "core/network/tokenizers/tokenizer_gguf.h"
#include "core/network/tokenizers/vocabulary_fit.h"
#include "tests/core/network/tiny_llama.h"
#include "tests/core/network/tokenizer_cases.h"

#include <QTemporaryDir>
#include <QtTest>

using namespace bitloom;
using Json = nlohmann::json;
using Ids = std::vector<int32_t>;

namespace {

Json addedToken(const char* text, int32_t id)
{
    return {{"id", id},        {"content", text},     {"single_word", false}, {"lstrip", false},
            {"rstrip", false}, {"normalized", false}, {"special", false}};
}

/// The sample's tokenizer, changed.
std::unique_ptr<Tokenizer> changed(const std::function<void(Json&)>& edit)
{
    Checkpoint checkpoint = referenceTokenizer("sample");
    Json json = Json::parse(checkpoint.sideFiles["tokenizer.json"]);
    edit(json);
    checkpoint.sideFiles["tokenizer.json"] = json.dump();
    return makeTokenizer(*readTokenizerData(checkpoint));
}

/// Byte tokens under another name, and none used.
void takeBytesAway(Json& json)
{
    Json& vocabulary = json["model"]["vocab"];
    for (unsigned byte = 0; byte < 256; ++byte) {
        char name[8];
        std::snprintf(name, sizeof name, "<0x%02X>", byte);
        vocabulary["[" + std::to_string(byte) + "]"] = vocabulary.at(name);
        vocabulary.erase(name);
    }
    json["model"]["byte_fallback"] = false;
    Json& decoders = json["decoder"]["decoders"];
    for (size_t i = 0; i < decoders.size(); ++i)
        if (decoders[i]["type"] == "ByteFallback")
            decoders.erase(i);
}

} // namespace

class TestTokenIds : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;

    /// A tiny Llama of `rows` tokens with the sample's tokenizer of 2048, and one token more where
    /// `pad` is.
    std::shared_ptr<const Model> opened(int64_t rows, bool pad)
    {
        const std::string folder = m_folder.filePath("tiny").toStdString();
        std::filesystem::remove_all(folder);
        TinyLlama tiny;
        tiny.configuration["vocab_size"] = rows;
        tiny.shapes["model.embed_tokens.weight"] = tiny.shapes["lm_head.weight"] = {rows, 24};
        tiny.write(folder);
        Json json = Json::parse(contents(folder + "/tokenizer.json"));
        if (pad)
            json["added_tokens"].push_back(addedToken("<pad>", 2048));
        writeTextFile(folder + "/tokenizer.json", json.dump());
        return openModel(folder);
    }

private Q_SLOTS:
    void oneRowForEachTokenIsNoNews()
    {
        QCOMPARE(opened(2048, false)->notice, std::string());
        QCOMPARE(opened(2049, true)->notice, std::string());
    }

    void tokensWithoutARowAreSaidAndRefused()
    {
        const auto model = opened(2048, true);
        QVERIFY2(model->runnable(), model->missing.c_str());
        const QString notice = QString::fromStdString(model->notice);
        QVERIFY2(notice.contains("2049 tokens") && notice.contains("<pad> (2048)"),
                 qPrintable(notice));
        QCOMPARE(model->tokenizer->encode("Once upon a time", true).size(), size_t{6});
        const QString said = refusal([&] { model->tokenizer->encode("Once <pad> upon", true); });
        QCOMPARE(said, "[text] the text holds the token <pad> (2048), but the network's table has "
                       "rows for tokens 0 to 2047 only");
        const Ids ids = {2048};
        QCOMPARE(model->tokenizer->decode(ids), std::string("<pad>"));
    }

    /// It has no text to say it by.
    void aBeginningThatIsNoTokenIsNamed()
    {
        opened(2048, false);
        const std::string folder = m_folder.filePath("tiny").toStdString();
        Json json = Json::parse(contents(folder + "/tokenizer.json"));
        json["post_processor"]["special_tokens"]["<s>"]["ids"] = {99999};
        writeTextFile(folder + "/tokenizer.json", json.dump());
        const auto model = openModel(folder);
        QVERIFY(!model->runnable());
        QVERIFY2(model->missing.find("outside the vocabulary of 2048") != std::string::npos,
                 model->missing.c_str());
    }

    void rowsWithoutATokenAreSaid()
    {
        const auto model = opened(2112, false);
        QVERIFY2(model->runnable(), model->missing.c_str());
        const QString notice = QString::fromStdString(model->notice);
        QVERIFY2(notice.contains("2112") && notice.contains("last 64"), qPrintable(notice));
    }

    /// No text could be run.
    void aBeginningWithoutARowLeavesTheWeights()
    {
        TokenizerData data = *readTokenizerData(referenceTokenizer("sample"));
        data.bos = 2047;
        QVERIFY(refusal([&] { vocabularyNotice(data, 2047); }).contains("(2047), but the network"));
        QCOMPARE(vocabularyNotice(data, 2048), std::string());
    }

    /// As transformers does: nothing is cut or padded unless asked for.
    void truncationAndPaddingAreIgnored()
    {
        const auto plain = changed([](Json&) {});
        const auto cut = changed([](Json& json) {
            json["truncation"] = {{"direction", "Right"},
                                  {"max_length", 2},
                                  {"strategy", "LongestFirst"},
                                  {"stride", 0}};
            json["padding"] = {
                {"strategy", {{"Fixed", 16}}}, {"pad_id", 0}, {"pad_token", "<unk>"}};
        });
        const std::string text = "Once upon a time there was a boat.";
        QCOMPARE(cut->encode(text, true), plain->encode(text, true));
    }

    /// PyPI tokenizers: found where a text writes it out, by the id that the vocabulary has, and
    /// still a byte.
    void aByteMayBeAnAddedTokenToo()
    {
        for (const int32_t id : {68, 2048}) {
            const auto tokenizer = changed(
                [&](Json& json) { json["added_tokens"].push_back(addedToken("<0x41>", id)); });
            const Ids ids = {259, 298, 68, 382};
            QCOMPARE(tokenizer->encode("x<0x41>y", false), ids);
            QCOMPARE(tokenizer->decode(ids), std::string("xA y"));
            QCOMPARE(tokenizer->encode("A boat \u2603", false),
                     (Ids{487, 1350, 259, 229, 155, 134}));
            QVERIFY(refusal([&] {
                        ggufTokenizerMetadata(tokenizer->data());
                    }).contains("<0x41> is a byte and an added token too"));
        }
    }

    /// Where there are no bytes, a token that is called like one is an ordinary token.
    void aTokenCalledLikeAByteIsNone()
    {
        const auto tokenizer = changed([](Json& json) {
            takeBytesAway(json);
            json["added_tokens"].push_back(addedToken("<0x41>", 2048));
        });
        const Ids ids = {259, 298, 2048, 382};
        QCOMPARE(tokenizer->encode("x<0x41>y", false), ids);
        QCOMPARE(tokenizer->decode(ids), std::string("x<0x41> y"));
        QCOMPARE(tokenizer->encode("A boat \u2603", false), (Ids{487, 1350, 259, 0}));
    }

    void whatDecodesOtherwiseIsRefused()
    {
        const auto named = [](const std::function<void(Json&)>& edit, const char* why) {
            const QString said = refusal([&] { changed(edit); });
            QVERIFY2(said.contains(why), qPrintable(said));
        };
        named([](Json& json) { json["decoder"]["decoders"].erase(1); }, "does not decode them");
        named(
            [](Json& json) {
                const Json decoder = json["decoder"];
                takeBytesAway(json);
                json["decoder"] = decoder;
                json["added_tokens"].push_back(addedToken("<0x41>", 2048));
            },
            "decodes it as a byte");
        named([](Json& json) { json["added_tokens"].push_back(addedToken("<pad>", 300)); },
              "the id 300 to two tokens");
    }

    /// A GGUF says by its type what a token is.
    void aGgufsAddedTokenIsNoByte()
    {
        std::map<std::string, MetadataValue> metadata;
        for (const GgufEntry& entry :
             ggufTokenizerMetadata(*readTokenizerData(referenceTokenizer("sample"))))
            metadata[entry.key] = entry.value;
        auto& types = std::get<std::vector<int64_t>>(metadata.at("tokenizer.ggml.token_type"));
        types[68] = static_cast<int64_t>(TokenType::UserDefined);
        const auto tokenizer = makeTokenizer(tokenizerFromGguf(metadata));
        const Ids ids = {298, 68};
        QCOMPARE(tokenizer->decode(ids), std::string("x<0x41>"));
    }

    void nullMeansAbsent()
    {
        const auto tokenizer = changed([](Json& json) {
            for (const char* field : {"truncation", "padding", "pre_tokenizer"})
                json[field] = nullptr;
            for (const char* field :
                 {"dropout", "continuing_subword_prefix", "end_of_word_suffix", "ignore_merges"})
                json["model"][field] = nullptr;
            json["added_tokens"][0]["single_word"] = nullptr;
        });
        QCOMPARE(tokenizer->encode("A", false), Ids{487});
    }
};

QTEST_APPLESS_MAIN(TestTokenIds)
#include "tst_token_ids.moc"
