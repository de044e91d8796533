// SPDX-License-Identifier: GPL-3.0-or-later
// Sentences: how they are read, and how classes and embeddings are evaluated.
#include "core/analyze/evaluation/sentence_evaluation.h"
#include "core/analyze/passes/likeness.h"
#include "core/base/error.h"
#include "tests/core/analyze/fakes.h"

#include <QtTest>
#include <cmath>

using namespace bitloom;

namespace {

const std::vector<std::string> kLabels = {"negative", "positive"};

/// Gives a sentence the logits (or the vector) that `output` makes of its first token.
class FakeEncoder : public FakeEngine {
public:
    using Output = std::function<std::vector<float>(int32_t)>;
    explicit FakeEncoder(Output output)
        : FakeEngine(256, {})
        , m_output(std::move(output))
    {
    }
    Matrix encode(const TextBatch& batch, const ValueTap&) override
    {
        Matrix rows(static_cast<int64_t>(batch.lengths.size()), 2);
        size_t from = 0;
        for (int64_t row = 0; row < rows.rows; ++row) {
            std::ranges::copy(m_output(batch.tokens[from]), rows.row(row).begin());
            from += static_cast<size_t>(batch.lengths[static_cast<size_t>(row)]);
        }
        return rows;
    }

private:
    Output m_output;
};

Sentences oneTokenEach(const std::vector<int>& labels, int count)
{
    Sentences sentences;
    sentences.text.labels = labels;
    for (int32_t i = 0; i < count; ++i) {
        sentences.tokens.push_back({i, 0});
        sentences.text.sentences.emplace_back("x");
    }
    return sentences;
}

bool near(double a, double b)
{
    return std::abs(a - b) < 1e-9;
}

} // namespace

class TestSentences : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void tables_data()
    {
        QTest::addColumn<QString>("text");
        QTest::newRow("comma, header") << "label,sentence\n1,\"Good, \"\"very\"\" good\"\n0,Bad.\n";
        QTest::newRow("comma, no header") << "1,\"Good, \"\"very\"\" good\"\n0,Bad.";
        QTest::newRow("tab, header")
            << "id\tsentence\tlabel\n7\tGood, \"very\" good \t1\n8\tBad.\t0\n";
        QTest::newRow("names") << "Good, \"very\" good\tpositive\r\nBad.\tnegative\r\n";
    }
    void tables()
    {
        QFETCH(QString, text);
        const LabelledText read = readLabelledText(text.toStdString(), kLabels);
        QCOMPARE(read.sentences, (std::vector<std::string>{"Good, \"very\" good", "Bad."}));
        QCOMPARE(read.labels, (std::vector<int>{1, 0}));
    }

    void linesWithoutLabels()
    {
        for (const char* text : {"One, two\n\n three \n", "One, two\r\nthree"}) {
            const LabelledText read = readLabelledText(text, kLabels);
            QCOMPARE(read.sentences, (std::vector<std::string>{"One, two", "three"}));
            QVERIFY(read.labels.empty());
        }
        QCOMPARE(readLabelledText("2,Good\n3,Bad", kLabels).sentences.size(), size_t{2});
        QVERIFY(readLabelledText("2,Good\n3,Bad", kLabels).labels.empty());
        QVERIFY(readLabelledText("", kLabels).sentences.empty());
    }

    /// A quoted entry may hold line ends.
    void linesWithinQuotes()
    {
        const LabelledText read = readLabelledText("0,\"a\nb\"\n1,c\n", kLabels);
        QCOMPARE(read.sentences, (std::vector<std::string>{"a\nb", "c"}));
    }

    void longSentencesAreCut()
    {
        const Sentences read = readSentences(ByteTokenizer(), "abcdef\nab\n", 4, {});
        QCOMPARE(read.cut, int64_t{1});
        QCOMPARE(read.tokens[0].size(), size_t{4});
        QVERIFY_EXCEPTION_THROWN(readSentences(ByteTokenizer(), " \n\n", 4, {}), Error);
        QCOMPARE(readSentences(ByteTokenizer(), "a\nb\nc", 4, {}, 2).count(), int64_t{2});
    }

    /// scikit-learn: f1_score([1,1,1,0,0,0],[1,1,0,0,0,1]) = 2/3; macro over three classes of
    /// ([0,1,2,2],[0,2,2,2]) = (1 + 0 + 0.8) / 3.
    void f1()
    {
        QVERIFY(near(f1Score({1, 1, 1, 0, 0, 0}, {1, 1, 0, 0, 0, 1}, 2).value, 2.0 / 3));
        QVERIFY(near(f1Score({0, 1, 2, 2}, {0, 2, 2, 2}, 3).value, 0.6));
        QVERIFY(near(f1Score({1, 0, 1}, {1, 0, 1}, 2).standardError, 0));
        // Leaving out one at a time by hand: 2/3, 2/3, 4/5, 1/2, ... of the first example.
        const std::vector<double> left = {0.5, 0.5, 0.8, 2.0 / 3, 2.0 / 3, 0.8};
        double mean = 0;
        for (const double x : left)
            mean += x / 6;
        double squares = 0;
        for (const double x : left)
            squares += (x - mean) * (x - mean);
        QVERIFY(near(f1Score({1, 1, 1, 0, 0, 0}, {1, 1, 0, 0, 0, 1}, 2).standardError,
                     std::sqrt(squares * 5 / 6)));
    }

    void classes()
    {
        Graph graph;
        graph.output = OutputKind::Class;
        graph.labels = kLabels;
        FakeEncoder original([](int32_t token) {
            return std::vector<float>{0, token % 2 == 0 ? std::log(3.0F) : -1.0F};
        });
        FakeEncoder quantized([](int32_t) { return std::vector<float>{0, 0.5F}; });
        std::vector<int> labels;
        for (int i = 0; i < 70; ++i) // more than go through at once
            labels.push_back(i % 2 == 0 || i == 1 ? 1 : 0);
        Progress progress;
        const Sentences sentences = oneTokenEach(labels, 70);
        const SentenceEvaluation alone =
            evaluateSentences(original, nullptr, graph, sentences, progress);
        QVERIFY(alone.labelled && !alone.compared && alone.complete);
        QVERIFY(near(alone.accuracy.value, 69.0 / 70));
        const SentenceEvaluation both =
            evaluateSentences(quantized, &original, graph, sentences, progress);
        QVERIFY(near(both.accuracy.value, 36.0 / 70));
        QVERIFY(near(both.originalAccuracy.value, 69.0 / 70));
        QVERIFY(near(both.agreement.value, 0.5));
        const auto divergence = [](double p, double q) {
            return p * std::log(p / q) + (1 - p) * std::log((1 - p) / (1 - q));
        };
        const double q = 1 / (1 + std::exp(-0.5));
        const double even = divergence(0.75, q);
        const double odd = divergence(1 / (1 + std::exp(1.0)), q);
        QVERIFY(std::abs(both.kl.value - (even + odd) / 2) < 1e-6);
        const SentenceEvaluation unlabelled =
            evaluateSentences(quantized, &original, graph, oneTokenEach({}, 3), progress);
        QVERIFY(!unlabelled.labelled && unlabelled.compared);
    }

    void embeddings()
    {
        Graph graph;
        graph.output = OutputKind::Embedding;
        FakeEncoder original([](int32_t) { return std::vector<float>{2, 0}; });
        FakeEncoder turned([](int32_t token) {
            const double angle = 0.1 * token;
            return std::vector<float>{static_cast<float>(std::cos(angle)),
                                      static_cast<float>(std::sin(angle))};
        });
        Progress progress;
        const SentenceEvaluation result =
            evaluateSentences(turned, &original, graph, oneTokenEach({}, 3), progress);
        QVERIFY(std::abs(result.cosineMin - std::cos(0.2)) < 1e-6);
        QVERIFY(std::abs(result.cosine.value - (1 + std::cos(0.1) + std::cos(0.2)) / 3) < 1e-6);
    }

    /// Two rows as near as each other stay in their order; lengths do not count.
    void nearestRowsComeFirst()
    {
        Matrix rows(4, 2);
        rows.values = {0, 2, 3, 3, 1, 1, -5, 0};
        const std::array<float, 2> point = {0.5F, 0};
        const auto near = nearestRows(rows.view(), point, 3);
        QCOMPARE(near.size(), size_t{3});
        QCOMPARE(near[0].row, 1);
        QCOMPARE(near[1].row, 2);
        QCOMPARE(near[2].row, 0);
        QCOMPARE(near[0].cosine, std::sqrt(0.5));
        QCOMPARE(near[2].cosine, 0.0);
        QCOMPARE(nearestRows(rows.view(), point, 9).back().cosine, -1.0);
    }

    /// Logits 0 and ln 3 are shares of 1/4 and 3/4, however far both are from 0.
    void sharesAreThoseOfSoftmax()
    {
        for (const float far : {0.0F, 1000.0F, -1000.0F}) {
            const std::array<float, 2> logits = {far, far + std::log(3.0F)};
            const auto shares = logShares(logits);
            QVERIFY(std::abs(std::exp(shares[0]) - 0.25) < 1e-4);
            QVERIFY(std::abs(std::exp(shares[1]) - 0.75) < 1e-4);
        }
    }

    void aStopKeepsWhatIsDone()
    {
        Graph graph;
        graph.output = OutputKind::Class;
        graph.labels = kLabels;
        FakeEncoder engine([](int32_t) { return std::vector<float>{0, 1}; });
        StopAfter progress(1);
        const SentenceEvaluation result = evaluateSentences(
            engine, nullptr, graph, oneTokenEach(std::vector<int>(100, 1), 100), progress);
        QVERIFY(!result.complete);
        QVERIFY(result.examples > 0 && result.examples < 100);
        QVERIFY(near(result.accuracy.value, 1));
    }
};

QTEST_APPLESS_MAIN(TestSentences)
#include "tst_sentences.moc"
