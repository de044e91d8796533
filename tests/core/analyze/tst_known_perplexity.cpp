// SPDX-License-Identifier: GPL-3.0-or-later
// A network without BOS in its tokenizer but with one in its configuration (GPT-2): its windows
// begin with it, and its perplexity is what other programs computed.
#include "core/analyze/evaluation/text_evaluation.h"
#include "core/analyze/text/text.h"
#include "core/files/formats/writers.h"
#include "core/network/engine/engine.h"
#include "tests/test_data.h"

#include <QtTest>

using namespace bitloom;

class TestKnownPerplexity : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        BITLOOM_REQUIRE_TEST_DATA();
        m_model = openModel(testData() + "/models/gpt2-childrens-books/hf");
        m_text = readTextFile(testData() + "/text/childrens_books/valid.txt");
        m_engine = makeTorchEngine(m_model, OriginalWeights(m_model));
    }

    /// The whole text; 26.1725 by PyPI transformers.
    void perplexityIsTheKnownOne()
    {
        const auto windows = makeWindows(*m_model->tokenizer, m_text, 256, {});
        QCOMPARE(windows[0].tokens.front(), 0);
        Progress progress;
        const TextEvaluation evaluation = evaluate(*m_engine, nullptr, windows, progress);
        QCOMPARE(evaluation.tokens, int64_t{108120});
        QVERIFY2(std::abs(evaluation.perplexity - 26.1725) < 1e-3 * 26.1725,
                 qPrintable(QString::number(evaluation.perplexity)));
    }

    void secondHalvesBeginWithBosToo()
    {
        TextSettings settings;
        settings.secondHalf = true;
        settings.windows = 2;
        const auto windows = makeWindows(*m_model->tokenizer, m_text, 256, settings);
        QCOMPARE(windows[1].tokens.front(), 0);
        const auto plain = m_model->tokenizer->encode(m_text.substr(0, 20000), true);
        QVERIFY(plain.front() != 0);
        QCOMPARE(windows[0].tokens[1], plain[0]);
        QCOMPARE(windows[1].tokens[1], plain[256]);
    }

    void aTokenizerThatWantsNoBosGetsNone()
    {
        TokenizerData data = m_model->tokenizer->data();
        QVERIFY(!data.addBos && data.startsWithBos());
        data.contextBos = false;
        const auto tokenizer = makeTokenizer(data);
        const auto windows = makeWindows(*tokenizer, m_text, 256, {});
        QVERIFY(windows[0].tokens.front() != 0);
        QCOMPARE(windows[0].predictions(), int64_t{255});
    }

private:
    std::shared_ptr<const Model> m_model;
    std::string m_text;
    std::unique_ptr<Engine> m_engine;
};

QTEST_GUILESS_MAIN(TestKnownPerplexity)
#include "tst_known_perplexity.moc"
