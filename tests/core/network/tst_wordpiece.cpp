// SPDX-License-Identifier: GPL-3.0-or-later
// WordPiece beyond the reference ids of tst_tokenizers: settings, the old form, what is refused.
#include "core/network/tokenizers/tokenizer_gguf.h"
#include "core/network/tokenizers/tokenizers.h"
#include "tests/core/network/tokenizer_cases.h"

#include <QtTest>

using namespace bitloom;
using Json = nlohmann::json;
using Ids = std::vector<int32_t>;

namespace {

std::unique_ptr<Tokenizer> make(const Checkpoint& checkpoint)
{
    return makeTokenizer(*readTokenizerData(checkpoint));
}

/// The reference tokenizer with a value put at a place (a JSON pointer).
Checkpoint edited(const std::string& place, const Json& value)
{
    Checkpoint checkpoint = referenceTokenizer("wordpiece");
    const Json step = {{"op", "add"}, {"path", place}, {"value", value}};
    checkpoint.sideFiles["tokenizer.json"] =
        Json::parse(checkpoint.sideFiles["tokenizer.json"]).patch(Json::array({step})).dump();
    return checkpoint;
}

/// Ids 0 to 4 special, then words and pieces.
constexpr const char* kVocabulary = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nfilm\n##s\nFilm\ni\n.\n";

Checkpoint oldForm(const std::string& vocabulary, const Json& settings = Json())
{
    Checkpoint checkpoint;
    checkpoint.sideFiles["vocab.txt"] = vocabulary;
    if (!settings.is_null())
        checkpoint.sideFiles["tokenizer_config.json"] = settings.dump();
    return checkpoint;
}

} // namespace

class TestWordPiece : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void textStandsBetweenClsAndSep()
    {
        const auto ours = make(referenceTokenizer("wordpiece"));
        QCOMPARE(ours->data().bos, 2);
        QCOMPARE(ours->data().endOfSequence, 3);
        Ids inside = ours->encode("a boat", false);
        inside.insert(inside.begin(), 2);
        inside.push_back(3);
        COMPARE_IDS(ours->encode("a boat", true), inside);
        COMPARE_IDS(ours->encode("", true), (Ids{2, 3}));
    }

    void lowerCaseTextComesBack()
    {
        const auto ours = make(referenceTokenizer("wordpiece"));
        for (const char* text : {"the little boat was there.", "is it? yes, it is!", "a boat"})
            QCOMPARE(ours->decode(ours->encode(text, true)), std::string(text));
        QCOMPARE(ours->decode(ours->encode("  The\n\n B\u00f6at .", true)),
                 std::string("the boat."));
    }

    void bertProcessingIsTheSame()
    {
        const Json ends = {{"type", "BertProcessing"},
                           {"sep", Json::array({"[SEP]", 3})},
                           {"cls", Json::array({"[CLS]", 2})}};
        const std::string text = "Once [MASK] a time";
        COMPARE_IDS(make(edited("/post_processor", ends))->encode(text, true),
                    make(referenceTokenizer("wordpiece"))->encode(text, true));
        const auto without = make(edited("/post_processor", Json()));
        COMPARE_IDS(without->encode(text, true), without->encode(text, false));
    }

    /// How long a text may be is the network's to say.
    void neitherCutsNorPads()
    {
        const std::string text(2000, '.');
        const Json cut = {{"max_length", 8}, {"strategy", "LongestFirst"}, {"stride", 0}};
        const Json padding = {{"strategy", {{"Fixed", 128}}}, {"pad_id", 0}};
        QCOMPARE(make(edited("/truncation", cut))->encode(text, true).size(), size_t{2002});
        QCOMPARE(make(edited("/padding", padding))->encode("a", true).size(), size_t{3});
    }

    void vocabularyFileAlone()
    {
        const auto ours = make(oldForm(kVocabulary));
        COMPARE_IDS(ours->encode("Films [MASK]. FILM x", true), (Ids{2, 5, 6, 4, 9, 5, 1, 3}));
        const std::string windows = "[UNK]\r\n[CLS]\r\n[SEP]\r\na\r\n";
        COMPARE_IDS(make(oldForm(windows))->encode("A", true), (Ids{1, 3, 2}));
    }

    void settingsBesideTheVocabularyFile()
    {
        const auto cased = make(oldForm(kVocabulary, {{"do_lower_case", false}}));
        COMPARE_IDS(cased->encode("Films", false), (Ids{7, 6}));
        COMPARE_IDS(cased->encode("\u00ee", false), (Ids{1}));
        const auto stripped =
            make(oldForm(kVocabulary, {{"do_lower_case", false}, {"strip_accents", true}}));
        COMPARE_IDS(stripped->encode("\u00ee", false), (Ids{8}));
        const auto renamed = make(oldForm(kVocabulary, {{"cls_token", {{"content", "."}}}}));
        COMPARE_IDS(renamed->encode("film", true), (Ids{9, 5, 3}));
    }

    void refusedSettings_data()
    {
        QTest::addColumn<QString>("place");
        QTest::addColumn<QString>("value");
        QTest::addColumn<QString>("named");
        const auto row = [](const char* place, const char* value, const char* named) {
            QTest::newRow(named) << place << value << named;
        };
        row("/normalizer", R"({"type": "Lowercase"})", "Lowercase");
        row("/normalizer",
            R"({"type": "Sequence", "normalizers": [{"type": "NFC"}, {"type": "NFD"}]})",
            "more than one step");
        row("/pre_tokenizer", R"({"type": "Whitespace"})", "by Whitespace");
        row("/pre_tokenizer", "null", "by nothing");
        row("/post_processor", R"({"type": "RobertaProcessing"})", "RobertaProcessing");
        row("/post_processor/single/1/Sequence/type_id", "1", "token type 1");
        row("/decoder", R"({"type": "Metaspace"})", "by Metaspace");
        row("/decoder/prefix", "\"@@\"", "'@@'");
        row("/model/unk_token", "\"zebra\"", "zebra");
        row("/model/vocab", "{}", "vocabulary");
        row("/model/max_input_chars_per_word", "\"many\"", "broken");
        row("/added_tokens/4/lstrip", "true", "lstrip");
        row("/added_tokens/4/single_word", "true", "single_word");
        row("/added_tokens/4/content", "\"[MASKED]\"", "id 4 to two tokens");
        row("/added_tokens/4/id", "-4", "-4");
    }
    void refusedSettings()
    {
        QFETCH(QString, place);
        QFETCH(QString, value);
        QFETCH(QString, named);
        const Checkpoint checkpoint = edited(place.toStdString(), Json::parse(value.toStdString()));
        const QString sentence = refusal([&] { make(checkpoint); });
        QVERIFY2(sentence.startsWith("[tokenizer] ") && sentence.contains(named),
                 qPrintable(sentence));
    }

    void refusedVocabularyFiles()
    {
        const auto why = [](const char* vocabulary, const Json& settings) {
            return refusal([&] { make(oldForm(vocabulary, settings)); });
        };
        QVERIFY(why("a\n[CLS]\n[SEP]\n", Json()).contains("'[UNK]'"));
        QVERIFY(why("[UNK]\n[SEP]\n", Json()).contains("'[CLS]'"));
        QVERIFY(why("[UNK]\n\xE4\n", Json()).contains("UTF-8"));
        QVERIFY(why(kVocabulary, {{"tokenizer_class", "EsmTokenizer"}}).contains("EsmTokenizer"));
        QVERIFY(why(kVocabulary, {{"do_basic_tokenize", false}}).contains("do_basic_tokenize"));
        QVERIFY(why(kVocabulary, {{"never_split", {"film"}}}).contains("never_split"));
        QVERIFY(why(kVocabulary, {{"added_tokens_decoder", {{"x", Json::object()}}}})
                    .contains("tokenizer_config.json is broken"));
    }

    void ggufHasNoWordPieceYet()
    {
        const auto data = *readTokenizerData(referenceTokenizer("wordpiece"));
        QVERIFY(refusal([&] { ggufTokenizerMetadata(data); }).contains("wordpiece"));
    }

    void knownSentenceOfARealModel()
    {
        BITLOOM_REQUIRE_TEST_DATA();
        const std::string folder = testData() + "/models/bert-sst2/hf";
        Checkpoint old = oldForm(contents(folder + "/vocab.txt"),
                                 Json::parse(contents(folder + "/tokenizer_config.json")));
        for (const Checkpoint& checkpoint : {tokenizerFiles(folder), old}) {
            const auto ours = make(checkpoint);
            const Ids ids = ours->encode("A stirring, funny film.", true);
            COMPARE_IDS(ids, (Ids{2, 34, 3597, 15, 483, 181, 17, 3}));
            QCOMPARE(ours->decode(ids), std::string("a stirring, funny film."));
        }
    }
};

QTEST_APPLESS_MAIN(TestWordPiece)
#include "tst_wordpiece.moc"
