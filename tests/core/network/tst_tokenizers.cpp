// SPDX-License-Identifier: GPL-3.0-or-later
// Ids and text equal those of PyPI's `tokenizers` (tests/data/make_tokenizers.py).
#include "core/network/tokenizers/token_stream.h"
#include "core/network/tokenizers/tokenizer_gguf.h"
#include "core/network/tokenizers/tokenizers.h"
#include "tests/core/network/tokenizer_cases.h"

#include <QtTest>

using namespace bitloom;

class TestTokenizers : public QObject {
    Q_OBJECT

    static std::unique_ptr<Tokenizer> make(const Checkpoint& checkpoint)
    {
        return makeTokenizer(*readTokenizerData(checkpoint));
    }

private Q_SLOTS:
    void idsEqualReferences_data()
    {
        QTest::addColumn<QString>("tokenizer");
        for (const char* name :
             {"sample", "sample_metaspace", "byte_llama3", "byte_gpt2", "characters",
              "characters_unknown", "characters_fused", "wordpiece"})
            QTest::newRow(name) << name;
    }
    void idsEqualReferences()
    {
        QFETCH(QString, tokenizer);
        const auto ours = make(referenceTokenizer(tokenizer.toStdString()));
        int compared = 0;
        const auto cases = references()["cases"];
        for (const auto& reference : cases) {
            if (reference["tokenizer"] != tokenizer.toStdString())
                continue;
            const auto ids = reference["ids"].get<std::vector<int32_t>>();
            COMPARE_IDS(ours->encode(reference["text"].get<std::string>(), true), ids);
            QCOMPARE(ours->decode(ids), reference["decoded"].get<std::string>());
            ++compared;
        }
        QVERIFY(compared >= 19);
    }

    void streamedPiecesJoinToTheText_data() { idsEqualReferences_data(); }
    void streamedPiecesJoinToTheText()
    {
        QFETCH(QString, tokenizer);
        const auto ours = make(referenceTokenizer(tokenizer.toStdString()));
        const auto cases = references()["cases"];
        for (const auto& reference : cases) {
            const auto ids = ours->encode(reference["text"].get<std::string>(), false);
            TokenStream stream(*ours);
            std::string text;
            for (const int32_t id : ids) {
                const std::string piece = stream.push(id);
                QCOMPARE(repairedUtf8(piece), piece);
                text += piece;
            }
            text += stream.finish();
            QCOMPARE(text, ours->decode(ids));
        }
    }

    void cutCharacterBecomesReplacement()
    {
        const auto ours = make(referenceTokenizer("sample"));
        auto ids = ours->encode("a\U0001F600", false);
        ids.pop_back();
        QCOMPARE(ours->decode(ids), std::string("a\uFFFD"));
        TokenStream stream(*ours);
        for (const int32_t id : ids)
            QVERIFY(stream.push(id).find("\uFFFD") == std::string::npos);
        QCOMPARE(stream.finish(), std::string("\uFFFD"));
    }

    void brokenUtf8IsReadAsReplacements()
    {
        for (const char* name : {"sample", "byte_llama3"}) {
            const auto ours = make(referenceTokenizer(name));
            COMPARE_IDS(ours->encode("a\xE4 b\xF0\x9F\x98", true),
                        ours->encode("a\uFFFD b\uFFFD", true));
        }
    }

    void specialOnlyWhenAskedFor()
    {
        const auto ours = make(referenceTokenizer("sample"));
        const auto with = ours->encode("boat", true);
        auto without = ours->encode("boat", false);
        QCOMPARE(with.front(), ours->data().bos);
        without.insert(without.begin(), 1);
        COMPARE_IDS(with, without);
        QCOMPARE(ours->data().endOfText, std::set<int32_t>{2});
    }

    void ggufGivesTheSameIds_data()
    {
        QTest::addColumn<QString>("tokenizer");
        for (const char* name : {"sample", "byte_llama3", "byte_gpt2"})
            QTest::newRow(name) << name;
    }
    void ggufGivesTheSameIds()
    {
        QFETCH(QString, tokenizer);
        const auto data = *readTokenizerData(referenceTokenizer(tokenizer.toStdString()));
        std::map<std::string, MetadataValue> metadata;
        for (const GgufEntry& entry : ggufTokenizerMetadata(data, 3000))
            metadata[entry.key] = entry.value;
        const auto back = makeTokenizer(tokenizerFromGguf(metadata));
        QCOMPARE(back->data().tokens.size(), size_t{3000});
        QCOMPARE(back->data().endOfText, data.endOfText);
        const auto cases = references()["cases"];
        for (const auto& reference : cases) {
            if (reference["tokenizer"] != tokenizer.toStdString())
                continue;
            COMPARE_IDS(back->encode(reference["text"].get<std::string>(), true),
                        reference["ids"].get<std::vector<int32_t>>());
        }
    }

    /// llama.cpp knows the scores only.
    void scoresAloneGiveTheSameIds()
    {
        const auto data = *readTokenizerData(referenceTokenizer("sample"));
        std::map<std::string, MetadataValue> metadata;
        for (const GgufEntry& entry : ggufTokenizerMetadata(data))
            metadata[entry.key] = entry.value;
        metadata.erase("tokenizer.ggml.merges");
        const auto scored = makeTokenizer(tokenizerFromGguf(metadata));
        QVERIFY(scored->data().merges.empty());
        const auto ranked = makeTokenizer(data);
        const std::string text = contents(sampleData() + "/evaluation.txt");
        QVERIFY(text.size() > 1000);
        COMPARE_IDS(scored->encode(text, true), ranked->encode(text, true));
    }

    void highestScoreJoinsFirstAndLeftmostOfEquals()
    {
        TokenizerData data;
        data.kind = "llama";
        data.tokens = {"a", "b", "c", "ab", "bc", "aa", "aaa"};
        data.types.assign(7, TokenType::Normal);
        data.scores = {0, 0, 0, -2, -1, -3, -3};
        data.addSpacePrefix = data.addBos = false;
        const auto tokenizer = makeTokenizer(data);
        COMPARE_IDS(tokenizer->encode("abc", false), (std::vector<int32_t>{0, 4}));
        COMPARE_IDS(tokenizer->encode("aaaa", false), (std::vector<int32_t>{6, 0}));
        COMPARE_IDS(tokenizer->encode("aab", false), (std::vector<int32_t>{0, 3}));
    }

    void wordsJoinAcrossBlanksWhereTokensDo()
    {
        TokenizerData data;
        data.kind = "llama";
        data.tokens = {"a", "\u2581", "b", "\u2581b", "a\u2581", "a\u2581b"};
        data.types.assign(6, TokenType::Normal);
        data.merges = {"a \u2581", "\u2581 b", "a\u2581 b"};
        data.addSpacePrefix = data.addBos = false;
        COMPARE_IDS(makeTokenizer(data)->encode("a b b", false), (std::vector<int32_t>{5, 3}));
    }

    void realTextsEqualReferences()
    {
        BITLOOM_REQUIRE_TEST_DATA();
        const auto files = references()["files"];
        QVERIFY(files.size() >= 12);
        for (const auto& reference : files) {
            const auto ours = make(tokenizerFiles(testData() + "/models/" +
                                                  reference["model"].get<std::string>() + "/hf"));
            const std::string text =
                contents(testData() + "/text/" + reference["text"].get<std::string>());
            const auto ids = ours->encode(text, true);
            QCOMPARE(ids.size(), reference["count"].get<size_t>());
            COMPARE_IDS(std::vector<int32_t>(ids.begin(), ids.begin() + 8),
                        reference["first"].get<std::vector<int32_t>>());
            QCOMPARE(idHash(ids), reference["fnv"].get<std::string>());
            QCOMPARE(ours->decode(ids), text);
        }
    }
};

QTEST_APPLESS_MAIN(TestTokenizers)
#include "tst_tokenizers.moc"
