// SPDX-License-Identifier: GPL-3.0-or-later
// Vocabularies of characters: code points, what lies outside, and what is refused.
#include "core/network/tokenizers/tokenizer_characters.h"
#include "core/network/tokenizers/tokenizers.h"
#include "tests/core/network/tokenizer_cases.h"
#include "tests/refusal.h"

#include <QtTest>

using namespace bitloom;
using Json = nlohmann::json;

namespace {

std::map<std::string, std::string> files(const Json& vocabulary, bool unknown = true)
{
    Json configuration = {{"tokenizer", "char"}, {"bos_token", "<BOS>"}, {"eos_token", "<EOS>"}};
    if (unknown)
        configuration["unk_token"] = "<UNK>";
    return {{"config.json", configuration.dump()}, {"vocab.json", vocabulary.dump()}};
}

Json vocabulary()
{
    return {{"<BOS>", 0}, {"<EOS>", 1}, {"<UNK>", 2}, {"a", 3}, {"é", 4},
            {" ", 5},     {"😀", 6},     {"B", 7},     {"OS", 9}};
}

std::unique_ptr<Tokenizer> made(const std::map<std::string, std::string>& sideFiles)
{
    Checkpoint checkpoint;
    checkpoint.sideFiles = sideFiles;
    return makeTokenizer(readTokenizerData(checkpoint).value());
}

QString failure(const std::map<std::string, std::string>& sideFiles)
{
    return refusal([&] { made(sideFiles); });
}

using Ids = std::vector<int32_t>;

} // namespace

class TestCharTokenizer : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void charactersAreCodePoints()
    {
        const auto tokenizer = made(files(vocabulary()));
        QCOMPARE(tokenizer->encode("aé 😀", false), (Ids{3, 4, 5, 6}));
        QCOMPARE(tokenizer->encode("a", true), (Ids{0, 3}));
        QCOMPARE(tokenizer->decode(Ids{0, 3, 4, 5, 6, 2, 1, 99, -1}), std::string("aé 😀"));
        QCOMPARE(tokenizer->tokenBytes(4), std::string("é"));
        QVERIFY(tokenizer->data().startsWithBos());
        QVERIFY(tokenizer->data().endOfText.contains(1));
        QCOMPARE(tokenizer->data().endOfSequence, 1);
    }

    /// Not even what looks like a token of several characters is one.
    void whatIsOutsideIsUnknown()
    {
        const auto tokenizer = made(files(vocabulary()));
        QCOMPARE(tokenizer->encode("aÃa\n", false), (Ids{3, 2, 3, 2}));
        QCOMPARE(tokenizer->encode("<BOS>", false), (Ids{2, 7, 2, 2, 2}));
        QCOMPARE(tokenizer->encode("a\xF0\x9F", false), (Ids{3, 2}));
        QCOMPARE(tokenizer->dropped("Ãx"), int64_t{0});
    }

    void withoutUnknownItIsDroppedAndCounted()
    {
        const auto tokenizer = made(files(vocabulary(), false));
        QCOMPARE(tokenizer->encode("aÃa\n", false), (Ids{3, 3}));
        QCOMPARE(tokenizer->dropped("aÃa\n"), int64_t{2});
        QCOMPARE(tokenizer->dropped("aé 😀"), int64_t{0});
    }

    /// The other kinds count what they leave out too.
    void everyKindCounts()
    {
        const auto counts = [](const char* name, const std::string& text) {
            return makeTokenizer(*readTokenizerData(referenceTokenizer(name)))->dropped(text);
        };
        QCOMPARE(counts("sample", "whatever 😀 is written"), int64_t{0});
        QCOMPARE(counts("byte_gpt2", "whatever 😀 is written"), int64_t{0});
        TokenizerData data = *readTokenizerData(referenceTokenizer("characters"));
        data.unknown = -1;
        const auto tokenizer = makeTokenizer(data);
        const std::string text = "a \x01\x01 b";
        QCOMPARE(tokenizer->dropped(text), int64_t{2});
        QCOMPARE(tokenizer->encode(text, false), tokenizer->encode("a  b", false));
    }

    void refusals()
    {
        const auto with = [](const char* key, const Json& id) {
            Json changed = vocabulary();
            changed[key] = id;
            return failure(files(changed));
        };
        QVERIFY(with("x", 3).contains("the id 3"));
        QVERIFY(with("x", -1).contains("-1"));
        QVERIFY(with("x", "seven").contains("seven"));
        QVERIFY(with("x", 1000000000000).contains("1000000000000"));
        Json without = vocabulary();
        without.erase("<EOS>");
        QVERIFY(failure(files(without)).contains("eos_token \"<EOS>\""));
        QVERIFY(failure(files(Json::array())).contains("vocab.json"));
        auto broken = files(vocabulary());
        broken["vocab.json"] = "{";
        QVERIFY(failure(broken).startsWith("[tokenizer] vocab.json"));
    }

    void otherVocabulariesAreNotTaken()
    {
        auto others = files(vocabulary());
        QVERIFY(hasCharacterVocabulary(others));
        others["config.json"] = R"({"tokenizer": "word"})";
        QVERIFY(!hasCharacterVocabulary(others));
        others.erase("config.json");
        QVERIFY(!hasCharacterVocabulary(others));
    }
};

QTEST_APPLESS_MAIN(TestCharTokenizer)
#include "tst_char_tokenizer.moc"
