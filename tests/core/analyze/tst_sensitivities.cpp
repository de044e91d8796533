// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analyze/evaluation/text_evaluation.h"
#include "core/analyze/fisher/fisher_forms.h"
#include "core/analyze/fisher/fisher_measurement.h"
#include "core/analyze/fisher/kronecker.h"
#include "core/analyze/passes/input_moments.h"
#include "core/analyze/passes/slot_trial.h"
#include "core/analyze/sensitivity/sensitivities.h"
#include "core/base/error.h"
#include "core/quantize/variant/variant.h"
#include "tests/core/analyze/small_model.h"
#include "tests/relative_difference.h"
#include "tests/test_data.h"

#include <QTemporaryDir>
#include <QTest>
#include <cmath>

using namespace bitloom;

namespace {

constexpr int kWordsSlot = 0;
constexpr int kHeadSlot = 1;

/// Windows in which one token predicts one.
std::vector<Window> singlePredictions()
{
    std::vector<Window> windows;
    for (uint64_t w = 0; w < 4; ++w)
        windows.push_back({{static_cast<int32_t>(randomBits(9, w) % kWords),
                            static_cast<int32_t>(randomBits(10, w) % kWords)},
                           1});
    return windows;
}

Matrix moved(const Matrix& from, double step)
{
    Matrix to = from;
    for (size_t i = 0; i < to.values.size(); ++i)
        to.values[i] += static_cast<float>(step * std::sin(1.7 * static_cast<double>(i)));
    return to;
}

struct Change {
    Matrix original;
    Matrix changed;
    int slot = -1;
    WeightChange view() const { return {slot, original.view(), changed.view()}; }
};

Change change(const Model& model, int slot, double step)
{
    const Slot& place = model.graph.slot(slot);
    const Matrix original = model.tensorOf(place).readRows(0, place.rows);
    return {original, moved(original, step), slot};
}

/// One weight moved by 1.
Change oneWeight(const Model& model, int slot, size_t weight)
{
    Change one = change(model, slot, 0);
    one.changed.values[weight] += 1;
    return one;
}

bool near(double a, double b, double relative)
{
    return std::abs(a - b) <= relative * std::max(std::abs(a), std::abs(b));
}

} // namespace

class TestSensitivities : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;

    std::shared_ptr<const Model> small(bool tied)
    {
        return smallModel(m_folder.path().toStdString(), tied);
    }

private Q_SLOTS:
    void everyRow_data()
    {
        QTest::addColumn<QString>("id");
        for (const SensitivityRow& row : sensitivities())
            QTest::newRow(std::string(row.id).c_str())
                << QString::fromStdString(std::string(row.id));
    }

    /// No change costs nothing; a small one twice as large four times as much (the gradient's twice
    /// as much: it is taken at another place).
    void everyRow()
    {
        QFETCH(QString, id);
        const SensitivityRow& row = sensitivityNamed(id.toStdString());
        const auto model = small(false);
        Progress progress;
        const auto metric = row.measure({model, someWindows(1), 5}, progress);
        QVERIFY(metric);
        const double power = row.id == "gradient" ? 1 : 2;
        const double near4 = row.id == kMeasuredSensitivity ? 0.05 : 1e-3;
        for (const int slot : {kWordsSlot, kHeadSlot}) {
            const auto damage = [&](double step) {
                return metric->damage(change(*model, slot, step).view(), progress);
            };
            const double once = damage(0.01);
            QVERIFY(std::isfinite(once));
            QVERIFY(row.id == "gradient" ? once != 0 : once > 0);
            QVERIFY(std::abs(damage(0)) <= 1e-3 * std::abs(once));
            QVERIFY2(near(damage(0.02), std::pow(2, power) * once, near4),
                     qPrintable(QString("%1 for %2").arg(damage(0.02)).arg(once)));
        }
    }

    /// tr(ΔW A ΔWᵀ), however many rows there are.
    void outputErrorIsItsFormula()
    {
        const auto model = small(false);
        Progress progress;
        SensitivityQuestion question{model, someWindows(1), 5};
        question.inputs = measureInputMoments(model, question.windows, progress);
        const auto metric = sensitivityNamed("output-error").measure(question, progress);
        const MatrixView square = question.inputs->of(kHeadSlot)->evaluating();
        const auto changed = change(*model, kHeadSlot, 0.1);
        const MatrixView from = changed.view().original;
        const MatrixView to = changed.view().changed;
        double sum = 0;
        for (int64_t o = 0; o < from.rows; ++o)
            for (size_t i = 0; i < from.row(o).size(); ++i)
                for (size_t j = 0; j < from.row(o).size(); ++j)
                    sum += static_cast<double>(to.row(o)[i] - from.row(o)[i]) *
                           square.row(static_cast<int64_t>(i))[j] * (to.row(o)[j] - from.row(o)[j]);
        QVERIFY(near(metric->damage(changed.view(), progress), sum, 1e-4));
    }

    void wholeFisherHasTheSumsOfTheRankOneForm_data()
    {
        QTest::addColumn<bool>("tied");
        QTest::newRow("separate") << false;
        QTest::newRow("tied") << true;
    }

    void wholeFisherHasTheSumsOfTheRankOneForm()
    {
        QFETCH(bool, tied);
        const auto model = small(tied);
        const auto windows = someWindows(2);
        Progress progress;
        const auto whole =
            measureSequenceFisher(model, windows, FisherLabels::Sampled, 42, progress);
        const Fisher sums = measureFisher(model, windows, 42, progress);
        for (int slot = 0; slot < (tied ? 1 : 2); ++slot) {
            const SlotFisher ours = whole->rankOne(slot);
            const SlotFisher& theirs = sums.slots[static_cast<size_t>(slot)];
            QVERIFY(near(ours.total, theirs.total, 1e-5));
            for (size_t row = 0; row < ours.rowSums.size(); ++row)
                QVERIFY(near(ours.rowSums[row], theirs.rowSums[row], 1e-4));
            for (size_t column = 0; column < ours.columnSums.size(); ++column)
                QVERIFY(near(ours.columnSums[column], theirs.columnSums[column], 1e-4));
        }
    }

    /// Where a window has one prediction there is nothing that could add up over positions.
    void positionsAreSequencesOfOne()
    {
        const auto model = small(false);
        Progress progress;
        const auto bySequence =
            measureSequenceFisher(model, singlePredictions(), FisherLabels::Sampled, 3, progress);
        const auto byPosition = measurePositionFisher(model, singlePredictions(), 3, progress);
        for (const int slot : {kWordsSlot, kHeadSlot})
            for (size_t i = 0; i < kWords * kWidth; ++i)
                QVERIFY(near(bySequence->values(slot)[i], byPosition->values(slot)[i], 1e-4));
        // Where there are more, they differ.
        const auto longer =
            measureSequenceFisher(model, someWindows(1), FisherLabels::Sampled, 3, progress);
        const auto apart = measurePositionFisher(model, someWindows(1), 3, progress);
        QVERIFY(!near(longer->rankOne(kHeadSlot).total, apart->rankOne(kHeadSlot).total, 0.01));
    }

    /// Of one position the information is the product of its factors: ½ (g · ΔW x)².
    void kroneckerIsExactForOnePosition()
    {
        const auto model = small(false);
        const std::vector<Window> one = {singlePredictions().front()};
        Progress progress;
        const auto factors = measureKroneckerFactors(model, one, 3, progress);
        const auto fisher = measurePositionFisher(model, one, 3, progress);
        const KroneckerFactors& head = factors.at(kHeadSlot).front();
        const KroneckerFactors& words = factors.at(kWordsSlot).front();
        for (size_t weight = 0; weight < kWords * kWidth; ++weight) {
            const Change atHead = oneWeight(*model, kHeadSlot, weight);
            QVERIFY(near(head.damage(atHead.original.view(), atHead.changed.view()),
                         fisher->values(kHeadSlot)[weight] / 2, 1e-4));
            const Change atWords = oneWeight(*model, kWordsSlot, weight);
            QVERIFY(near(words.damage(atWords.original.view(), atWords.changed.view()),
                         fisher->values(kWordsSlot)[weight] / 2, 1e-4));
        }
        // Along a whole direction ±√F add before they are squared. Derivatives by the logits add up
        // to nothing and only the label's is below zero: it is the largest.
        const Change all = change(*model, kHeadSlot, 0.3);
        const SlotFisher rankOne = fisher->rankOne(kHeadSlot);
        const auto label = std::max_element(rankOne.rowSums.begin(), rankOne.rowSums.end()) -
                           rankOne.rowSums.begin();
        const Matrix table = model->tensorOf(model->graph.slots[kWordsSlot]).readRows(0, kWords);
        const auto input = table.row(one.front().tokens.front());
        double along = 0;
        for (size_t weight = 0; weight < kWords * kWidth; ++weight) {
            const auto row = static_cast<std::ptrdiff_t>(weight / kWidth);
            const double sign = (row == label) == (input[weight % kWidth] < 0) ? 1 : -1;
            along += sign * std::sqrt(fisher->values(kHeadSlot)[weight]) *
                     (all.changed.values[weight] - all.original.values[weight]);
        }
        QVERIFY(
            near(head.damage(all.original.view(), all.changed.view()), along * along / 2, 1e-3));
    }

    /// The diagonal keeps what single weights cost.
    void kroneckerDiagonalAgreesOnSingleWeights()
    {
        const auto model = small(true); // one slot, two uses
        Progress progress;
        const auto factors = measureKroneckerFactors(model, someWindows(1), 3, progress);
        QCOMPARE(factors.at(kWordsSlot).size(), size_t{2});
        for (const KroneckerFactors& use : factors.at(kWordsSlot)) {
            const SlotFisher diagonal = use.diagonal();
            for (size_t weight = 0; weight < kWords * kWidth; weight += 3) {
                const Change one = oneWeight(*model, kWordsSlot, weight);
                QVERIFY(near(use.damage(one.original.view(), one.changed.view()),
                             diagonal.damage(one.original.view(), one.changed.view()), 1e-4));
            }
        }
    }

    void empiricalLabelsAreThoseOfTheText()
    {
        const auto model = small(false);
        const std::vector<Window> one = {singlePredictions().front()};
        Progress progress;
        const auto fisher = measureSequenceFisher(model, one, FisherLabels::OfText, 3, progress);
        // Σ_i F_oi = (p_o − [o is the label])² ‖x‖²: largest at the label, where p is small.
        const Matrix table = model->tensorOf(model->graph.slots[kWordsSlot]).readRows(0, kWords);
        const Matrix head = model->tensorOf(model->graph.slots[kHeadSlot]).readRows(0, kWords);
        const auto x = table.row(one.front().tokens[0]);
        std::vector<double> shares(kWords);
        double sum = 0;
        double length = 0;
        for (int64_t o = 0; o < kWords; ++o) {
            double logit = 0;
            for (size_t i = 0; i < kWidth; ++i)
                logit += head.row(o)[i] * x[i];
            sum += shares[static_cast<size_t>(o)] = std::exp(logit);
        }
        for (const float value : x)
            length += value * value;
        const SlotFisher rankOne = fisher->rankOne(kHeadSlot);
        for (size_t o = 0; o < kWords; ++o) {
            const double label = static_cast<int32_t>(o) == one.front().tokens[1] ? 1 : 0;
            const double error = shares[o] / sum - label;
            QVERIFY(near(rankOne.rowSums[o], error * error * length, 1e-4));
        }
    }

    /// Against an evaluation, which runs whole engines.
    void trialsAgreeWithTheEvaluation()
    {
        BITLOOM_REQUIRE_TEST_DATA();
        const auto model = openModel(testData() + "/models/stories260K/hf");
        TextSettings settings;
        settings.context = 64;
        settings.windows = 5;
        const auto windows =
            makeWindows(*model->tokenizer,
                        readTextFile(testData() + "/text/tinystories/tinystories_valid_30k.txt"),
                        model->graph.contextLength, settings);
        const SlotTrials trials(model, windows);
        Progress progress;
        const int slot = model->graph.findSlot("model.layers.2.mlp.down_proj");
        Recipe recipe;
        recipe.target = "safetensors";
        applySet(recipe, *model, "model.layers.2.mlp.down_proj", {{"int2-g32-asym"}, "nearest"});
        const Variant weights(TransformedModel(model), recipe);
        const auto original = makeTorchEngine(model, OriginalWeights(model));
        const auto quantized = makeTorchEngine(model, weights);
        const TextEvaluation evaluated = evaluate(*quantized, original.get(), windows, progress);
        const Matrix changed = weights.slot(slot).decode();
        const Estimate tried = trials.divergence(slot, changed.view(), progress).value();
        QVERIFY(near(tried.value, evaluated.kl.value, 1e-4));
        QVERIFY(tried.standardError > 0 && tried.standardError < tried.value);
        const Slot& place = model->graph.slot(slot);
        const Matrix same = model->tensorOf(place).readRows(0, place.rows);
        QVERIFY(std::abs(trials.divergence(slot, same.view(), progress)->value) < 1e-7);
    }

    void unknownRowsAreNamed()
    {
        try {
            sensitivityNamed("guess");
            QFAIL("accepted");
        } catch (const Error& error) {
            QVERIFY(QString(error.what()).contains("fisher-inputs"));
        }
    }
};

QTEST_APPLESS_MAIN(TestSensitivities)
#include "tst_sensitivities.moc"
