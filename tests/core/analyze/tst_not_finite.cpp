// SPDX-License-Identifier: GPL-3.0-or-later
// NaN and infinity: whatever sorts, compares, searches or evaluates says so, in finite time.
#include "core/analyze/budget/budget_pair.h"
#include "core/analyze/budget/damage_factors.h"
#include "core/analyze/budget/measured_search.h"
#include "core/analyze/budget/prediction_error.h"
#include "core/analyze/budget/successive_halving.h"
#include "core/analyze/evaluation/sentence_evaluation.h"
#include "core/analyze/evaluation/text_evaluation.h"
#include "core/analyze/hessian/trace.h"
#include "core/analyze/numerics/eigenvalues.h"
#include "core/analyze/numerics/lanczos.h"
#include "core/analyze/numerics/rank_correlation.h"
#include "core/analyze/numerics/tridiagonal.h"
#include "core/analyze/passes/likeness.h"
#include "core/analyze/statistics/distribution.h"
#include "core/analyze/statistics/recurrence.h"
#include "core/network/engine/sampling.h"
#include "core/quantize/methods/inverse_factor.h"
#include "tests/core/analyze/fakes.h"
#include "tests/refusal.h"

#include <QtTest>
#include <limits>

using namespace bitloom;

namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr float kNanF = std::numeric_limits<float>::quiet_NaN();

using Items = std::vector<std::vector<BudgetOption>>;

/// Two items of two options, of which one costs so much.
Items itemsWith(double damage)
{
    return {{{1, 4}, {2, damage}}, {{1, 3}, {2, 1}}};
}

std::vector<std::vector<PairCost>> costs()
{
    return {{{1, 1}, {2, 2}}, {{1, 1}, {2, 2}}};
}

/// Multiplies by a number.
SymmetricOperator times(double factor)
{
    return {{3}, [factor](const Vector& v, const Progress&) {
                Vector product = v;
                for (double& value : product)
                    value *= factor;
                return product;
            }};
}

/// One token is followed by another whose logit is this.
FakeEngine engineWith(float logit)
{
    return {300, [logit](int32_t token, int64_t entry) {
                return token == 70 && entry == 7 ? logit : static_cast<float>(entry % 5);
            }};
}

std::vector<Window> someText()
{
    Window window;
    window.firstScored = 1;
    for (int32_t token = 65; token < 75; ++token)
        window.tokens.push_back(token);
    return {window};
}

/// A network of two classes whose logits are the numbers given.
class FakeClassifier : public FakeEngine {
public:
    explicit FakeClassifier(float logit)
        : FakeEngine(2, {})
        , m_logit(logit)
    {
    }
    Matrix encode(const TextBatch& batch, const ValueTap&) override
    {
        Matrix outputs(std::ssize(batch.lengths), 2);
        std::ranges::fill(outputs.values, 0.5F);
        outputs.values.back() = m_logit;
        return outputs;
    }

private:
    float m_logit;
};

} // namespace

class TestNotFinite : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void budgetsRefuseDamagesThatAreNoNumbers();
    void searchesRefuseMeasurementsThatAreNoNumbers();
    void spectraRefuseProductsThatAreNoNumbers();
    void evaluatingIsNeverPerfect();
    void classesAreNeverEvaluatedByNan();
    void figuresDoNotSwallowNan();
    void predictionsRefuseAndLearnNothing();
    void tokensAreNotDrawnFromNan();
    void secondMomentsAreRefused();
    void momentsCountWhatTheyLeaveOut();
};

void TestNotFinite::budgetsRefuseDamagesThatAreNoNumbers()
{
    for (const double damage : {kNan, kInfinity, -kInfinity}) {
        const Items items = itemsWith(damage);
        for (const QString& sentence : {refusal([&] { const BudgetSolver solver(items); }),
                                        refusal([&] { static_cast<void>(exactBudget(items, 4)); }),
                                        refusal([&] { const PairSolver solver(items, costs()); }),
                                        refusal([&] { const DamageFactors factors(items, {}); })})
            QVERIFY2(sentence.startsWith("[fit] what was measured of item 0 of the budget is "),
                     qPrintable(sentence));
    }
    QVERIFY(exactBudget(itemsWith(1), 4));
    QVERIFY(refusal([&] {
                const DamageFactors factors(itemsWith(1), {{{0, 0}, kNan, 0.1}});
            }).contains("a recipe is nan"));
}

void TestNotFinite::searchesRefuseMeasurementsThatAreNoNumbers()
{
    const auto sums = [](size_t count, double first) {
        std::vector<BlockSum> all(count, {1, 1});
        all.front().sum = first;
        return all;
    };
    const auto racing = [&] {
        halveSuccessively(2, 40, [&](size_t candidate, size_t from, size_t to) {
            return sums(to - from, candidate == 1 ? kNan : 1);
        });
    };
    QCOMPARE(refusal(racing), QString("[fit] what was measured of a recipe is nan"));
    const Items items = itemsWith(1);
    SearchSettings settings;
    settings.examples = 64;
    Progress progress;
    const auto searching = [&] {
        searchMeasured(
            items, choiceOf(items, {0, 0}), {4},
            [&](const BudgetChoice&, size_t from, size_t to) { return sums(to - from, kInfinity); },
            settings, progress);
    };
    QCOMPARE(refusal(searching), QString("[fit] what was measured of a recipe is inf"));
}

void TestNotFinite::spectraRefuseProductsThatAreNoNumbers()
{
    Progress progress;
    for (const double factor : {kNan, kInfinity}) {
        const SymmetricOperator matrix = times(factor);
        for (const QString& sentence :
             {refusal([&] { static_cast<void>(estimateTrace(matrix, {}, progress)); }),
              refusal([&] { static_cast<void>(largestEigenvalue(matrix, {}, progress)); }),
              refusal([&] {
                  Lanczos lanczos(matrix, {1, 0, 0}, 1);
                  lanczos.step(progress);
              })})
            QVERIFY2(sentence.startsWith("[curvature] what was measured of a product"),
                     qPrintable(sentence));
    }
    QVERIFY(refusal([] { eigensystem({{1, kNan, 2}, {1, 1}}); }).contains("is nan"));
    Matrix weights(2, 2);
    weights.values = {1, kNanF, 3, 4};
    QVERIFY(std::isnan(spectralNorm(weights)));
}

void TestNotFinite::evaluatingIsNeverPerfect()
{
    const std::vector<Window> windows = someText();
    Progress progress;
    for (const float logit : {kNanF, std::numeric_limits<float>::infinity()}) {
        FakeEngine bad = engineWith(logit);
        FakeEngine good = engineWith(1);
        for (const QString& sentence : {refusal([&] { evaluate(bad, nullptr, windows, progress); }),
                                        refusal([&] { evaluate(bad, &bad, windows, progress); }),
                                        refusal([&] { evaluate(good, &bad, windows, progress); })})
            QVERIFY2(
                sentence.startsWith("[evaluate] what the network computes is not finite: row 5, "
                                    "column 7 is "),
                qPrintable(sentence));
    }
}

void TestNotFinite::classesAreNeverEvaluatedByNan()
{
    Graph graph;
    graph.output = OutputKind::Class;
    graph.labels = {"bad", "good"};
    Sentences sentences;
    sentences.text.sentences = {"one", "two"};
    sentences.text.labels = {0, 1};
    sentences.tokens = {{1}, {2}};
    FakeClassifier bad(kNanF);
    FakeClassifier good(1);
    Progress progress;
    for (const auto& [evaluated, original] : {std::pair(&bad, &good), std::pair(&good, &bad)})
        QVERIFY(refusal([&] {
                    evaluateSentences(*evaluated, original, graph, sentences, progress);
                }).contains("is not finite: row 1, column 1 is nan"));
}

void TestNotFinite::figuresDoNotSwallowNan()
{
    const std::vector<float> some = {1, 2};
    const std::vector<float> zeros = {0, 0};
    const std::vector<float> nans = {1, kNanF};
    QVERIFY(std::isnan(cosineOf(some, nans)));
    QCOMPARE(cosineOf(some, zeros), 0.0); // nothing is like nothing, but something is not
    QCOMPARE(cosineOf(zeros, zeros), 1.0);
    const std::vector<double> ranks = {1, 2, 3};
    const std::vector<double> broken = {1, kNan, 3};
    QVERIFY(std::isnan(spearman(ranks, broken)));
    QCOMPARE(spearman(ranks, ranks), 1.0);
}

void TestNotFinite::predictionsRefuseAndLearnNothing()
{
    PredictionError errors;
    DamageSum known;
    known.add(0.1, false);
    DamageSum broken;
    broken.add(kNan, false);
    const double before = errors.range(known).value;
    errors.learn(known, {kInfinity, 0});
    errors.learn(known, {kNan, 0});
    errors.learn(broken, {0.1, 0});
    QCOMPARE(errors.range(known).value, before);
    QVERIFY(refusal([&] { errors.range(broken); }).contains("a recipe is nan"));
}

void TestNotFinite::tokensAreNotDrawnFromNan()
{
    const std::vector<float> logits = {1, kNanF, 2};
    for (const double temperature : {0.0, 1.0})
        QVERIFY(refusal([&] {
                    sampleToken(logits, temperature, 0, 1, 1, 0);
                }).startsWith("[generate] what the network computes is not finite"));
}

void TestNotFinite::secondMomentsAreRefused()
{
    Matrix moment(2, 2);
    moment.values = {1, 0, 0, kNanF};
    for (const ColumnOrder order : {ColumnOrder::LeftToRight, ColumnOrder::LargestFirst})
        QCOMPARE(refusal([&] { inverseFactor(moment.view(), order); }),
                 QString("[quantize] the second moments of the inputs are not finite"));
}

void TestNotFinite::momentsCountWhatTheyLeaveOut()
{
    const std::vector<float> numbers = {1, kNanF, 3, -std::numeric_limits<float>::infinity(),
                                        kNanF};
    Moments moments;
    moments.add(numbers.data(), 5);
    Moments nothing;
    nothing.add(&numbers[4], 1);
    moments.merge(nothing);
    nothing.merge(moments);
    for (const Moments& each : {moments, nothing}) {
        QCOMPARE(each.count, uint64_t{2});
        QCOMPARE(each.mean, 2.0);
        QCOMPARE(each.infinities, uint64_t{1});
    }
    QCOMPARE(moments.nans, uint64_t{3});
    QCOMPARE(nothing.nans, uint64_t{4});
}

QTEST_APPLESS_MAIN(TestNotFinite)
#include "tst_not_finite.moc"
