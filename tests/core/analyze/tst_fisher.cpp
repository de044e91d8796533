// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analyze/evaluation/text_evaluation.h"
#include "core/analyze/fisher/fisher_measurement.h"
#include "core/analyze/numerics/rank_correlation.h"
#include "core/analyze/passes/slot_trial.h"
#include "core/base/error.h"
#include "core/base/random.h"
#include "core/quantize/variant/variant.h"
#include "tests/core/analyze/small_model.h"
#include "tests/stop_after.h"
#include "tests/test_data.h"

#include <QTemporaryDir>
#include <QTest>
#include <algorithm>
#include <cmath>
#include <map>
#include <memory>

using namespace bitloom;

namespace {

/// What is known of a network before any of its values is quantized, on books for children.
struct MeasuredOnBooks {
    std::shared_ptr<const Model> model;
    Fisher fisher;
    std::unique_ptr<SlotTrials> trials;

    explicit MeasuredOnBooks(const std::string& path)
        : model(openModel(path))
    {
        const std::string books = testData() + "/text/childrens_books/";
        fisher = measureFisher(model, windows(books + "train_part.txt", 100000, 24), 1, m_progress);
        trials = std::make_unique<SlotTrials>(model, windows(books + "valid.txt", 40000, 8));
    }

private:
    std::vector<Window> windows(const std::string& file, size_t characters, int64_t count) const
    {
        TextSettings settings;
        settings.context = 128;
        settings.windows = count;
        return makeWindows(*model->tokenizer, readTextFile(file).substr(0, characters),
                           model->graph.contextLength, settings);
    }

    Progress m_progress;
};

/// Squared gradients of the summed loss, in double, from the formulas of the two operations.
class ByHand {
public:
    ByHand(bool tied, const std::vector<Window>& windows, uint64_t seed)
        : m_tied(tied)
    {
        for (size_t w = 0; w < windows.size(); ++w)
            addWindow(windows[w], w, seed);
    }
    std::vector<double> words = std::vector<double>(kWords * kWidth, 0.0);
    std::vector<double> head = std::vector<double>(kWords * kWidth, 0.0);
    double alongWords = 0;
    double alongHead = 0;
    /// By activation scheme, of the looked-up rows.
    std::vector<ActivationSums> activationSums =
        std::vector<ActivationSums>(activationSchemes().size());
    int64_t predictions = 0;

private:
    double headWeight(int64_t o, int64_t i) const
    {
        return weight(m_tied ? 1 : 2, static_cast<uint64_t>(o * kWidth + i));
    }

    std::vector<double> shares(int32_t token) const
    {
        std::vector<double> result;
        double sum = 0;
        for (int64_t o = 0; o < kWords; ++o) {
            double logit = 0;
            for (int64_t i = 0; i < kWidth; ++i)
                logit += headWeight(o, i) * weight(1, static_cast<uint64_t>(token * kWidth + i));
            result.push_back(std::exp(logit));
            sum += result.back();
        }
        for (double& share : result)
            share /= sum;
        return result;
    }

    void addWindow(const Window& window, uint64_t index, uint64_t seed)
    {
        std::vector<double> toWords(kWords * kWidth, 0.0);
        std::vector<double> toHead(kWords * kWidth, 0.0);
        for (int64_t row = 0; row < window.predictions(); ++row) {
            const int32_t token = window.tokens[static_cast<size_t>(window.firstScored - 1 + row)];
            std::vector<double> delta = shares(token);
            double left = randomUniform(seed, (index << 32U) + static_cast<uint64_t>(row));
            size_t label = 0;
            while (label + 1 < delta.size() && left >= delta[label])
                left -= delta[label++];
            delta[label] -= 1;
            addActivation(token, delta);
            for (int64_t o = 0; o < kWords; ++o)
                for (int64_t i = 0; i < kWidth; ++i) {
                    const double error = delta[static_cast<size_t>(o)];
                    toHead[static_cast<size_t>(o * kWidth + i)] +=
                        error * weight(1, static_cast<uint64_t>(token * kWidth + i));
                    toWords[static_cast<size_t>(token * kWidth + i)] += error * headWeight(o, i);
                }
        }
        double ofWords = 0;
        double ofHead = 0;
        for (size_t i = 0; i < toWords.size(); ++i) {
            const auto at = static_cast<int64_t>(i);
            ofWords += (toWords[i] + (m_tied ? toHead[i] : 0)) * weight(1, i);
            ofHead += toHead[i] * headWeight(at / kWidth, at % kWidth);
        }
        alongWords += ofWords * ofWords;
        alongHead += ofHead * ofHead;
        for (size_t i = 0; i < toWords.size(); ++i) {
            const double both = toWords[i] + (m_tied ? toHead[i] : 0);
            words[i] += both * both;
            head[i] += toHead[i] * toHead[i];
        }
        predictions += window.predictions();
    }

    /// A row x of words is quantized; the gradient by it is Σ_o delta_o W_o.
    void addActivation(int32_t token, const std::vector<double>& delta)
    {
        for (size_t scheme = 0; scheme < activationSums.size(); ++scheme) {
            std::vector<float> row(kWidth);
            for (int64_t i = 0; i < kWidth; ++i)
                row[static_cast<size_t>(i)] =
                    static_cast<float>(weight(1, static_cast<uint64_t>(token * kWidth + i)));
            const std::vector<float> before = row;
            activationSchemes()[scheme].fakeQuantize(row);
            double inner = 0;
            ActivationSums& sums = activationSums[scheme];
            for (int64_t i = 0; i < kWidth; ++i) {
                const auto at = static_cast<size_t>(i);
                double gradient = 0;
                for (int64_t o = 0; o < kWords; ++o)
                    gradient += delta[static_cast<size_t>(o)] * headWeight(o, i);
                const double error = static_cast<double>(row[at]) - before[at];
                inner += gradient * error;
                sums.columns += gradient * gradient * error * error;
                sums.gradients += gradient * gradient;
                sums.errors += error * error;
                sums.squares += static_cast<double>(before[at]) * before[at];
                sums.numbers += 1;
            }
            sums.along += inner * inner;
        }
    }

    bool m_tied;
};

void compareSums(const SlotFisher& found, const std::vector<double>& squares, int64_t predictions)
{
    std::vector<double> rows(kWords, 0.0);
    std::vector<double> columns(kWidth, 0.0);
    for (size_t i = 0; i < squares.size(); ++i) {
        rows[i / kWidth] += squares[i] / static_cast<double>(predictions);
        columns[i % kWidth] += squares[i] / static_cast<double>(predictions);
    }
    const auto close = [](float a, double b) { return std::abs(a - b) <= 1e-5 * b + 1e-12; };
    QCOMPARE(found.rowSums.size(), rows.size());
    QCOMPARE(found.columnSums.size(), columns.size());
    for (size_t o = 0; o < rows.size(); ++o)
        QVERIFY2(close(found.rowSums[o], rows[o]),
                 qPrintable(
                     QString("row %1: %2, by hand %3").arg(o).arg(found.rowSums[o]).arg(rows[o])));
    for (size_t i = 0; i < columns.size(); ++i)
        QVERIFY(close(found.columnSums[i], columns[i]));
}

} // namespace

class TestFisher : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;

    std::string folder() const { return m_folder.path().toStdString(); }

    /// By the folder below the test data, none: the sample. Measured once for all schemes.
    std::map<std::string, MeasuredOnBooks> m_onBooks;
    const MeasuredOnBooks& measuredOnBooks(const std::string& model)
    {
        const std::string path = model.empty() ? sampleData() : testData() + model;
        return m_onBooks.try_emplace(model, path).first->second;
    }

private Q_SLOTS:
    void equalsTheDerivativeByHand_data()
    {
        QTest::addColumn<bool>("tied");
        QTest::addColumn<int>("firstScored");
        QTest::newRow("separate") << false << 1;
        QTest::newRow("tied") << true << 1;
        QTest::newRow("context only") << false << 3;
    }

    void equalsTheDerivativeByHand()
    {
        QFETCH(bool, tied);
        QFETCH(int, firstScored);
        const auto model = smallModel(folder(), tied);
        const auto windows = someWindows(firstScored);
        Progress progress;
        const Fisher fisher = measureFisher(model, windows, 42, progress);
        const ByHand expected(tied, windows, 42);
        QCOMPARE(fisher.windows, int64_t{5});
        QCOMPARE(fisher.predictions, expected.predictions);
        QCOMPARE(fisher.context, int64_t{10});
        compareSums(fisher.slots[0], expected.words, expected.predictions);
        if (!tied)
            compareSums(fisher.slots[1], expected.head, expected.predictions);
        const auto isAlong = [&](int slot, double sum) {
            const double found = *fisher.slots[static_cast<size_t>(slot)].alongWeights;
            return std::abs(found * static_cast<double>(expected.predictions) / sum - 1) < 1e-5;
        };
        QVERIFY(isAlong(0, expected.alongWords));
        QVERIFY(tied || isAlong(1, expected.alongHead));
    }

    void damageIsTheRankOneFormula()
    {
        SlotFisher fisher{{1, 2, 0.5F}, {0.5F, 3}, 3.5};
        const Matrix original(3, 2);
        Matrix changed(3, 2);
        changed.values = {0.1F, 0, 0, -0.2F, 1, 0.5F};
        const double sum = 1 * 0.5 * 0.01 + 2 * 3 * 0.04 + 0.5 * (0.5 * 1 + 3 * 0.25);
        QVERIFY(std::abs(fisher.damage(original.view(), changed.view()) - sum / 7) < 1e-7);
        const MatrixView lastRow{changed.values.data() + 4, 1, 2};
        const double last = 0.5 * (0.5 * 1 + 3 * 0.25) / 7;
        const ChangeSums ofLast = fisher.sums({original.values.data(), 1, 2}, lastRow, 2);
        QVERIFY(std::abs(ofLast.change / 7 - last) < 1e-7);
        QVERIFY(std::abs(fisher.damage(ofLast) - last * 3.5 / 0.5) < 1e-6); // it stands for all
        QCOMPARE(SlotFisher().damage(original.view(), changed.view()), 0.0);
    }

    void repeatsBitForBitAndStopsCleanly()
    {
        const auto model = openModel(sampleData());
        std::vector<Window> windows;
        for (uint64_t w = 0; w < 6; ++w) {
            windows.push_back({{1}, 1});
            for (uint64_t i = 0; i < 40; ++i)
                windows.back().tokens.push_back(static_cast<int32_t>(randomBits(w, i) % 2048));
        }
        Progress progress;
        int seen = 0;
        const Fisher whole = measureFisher(model, windows, 7, progress, [&](const Fisher& running) {
            QCOMPARE(running.windows, int64_t{++seen});
        });
        QCOMPARE(seen, 6);
        const Fisher again = measureFisher(model, windows, 7, progress);
        for (size_t i = 0; i < whole.slots.size(); ++i) {
            QCOMPARE(again.slots[i].rowSums, whole.slots[i].rowSums);
            QCOMPARE(whole.slots[i].empty(), !model->graph.slots[i].quantizable);
        }
        QVERIFY(measureFisher(model, windows, 8, progress).slots[0].rowSums !=
                whole.slots[0].rowSums);
        // A stopped measurement is that of the windows done.
        StopAfter half(0.5);
        const Fisher stopped = measureFisher(model, windows, 7, half);
        QVERIFY(stopped.windows >= 3 && stopped.windows < 6);
        windows.resize(static_cast<size_t>(stopped.windows));
        const Fisher fewer = measureFisher(model, windows, 7, progress);
        QCOMPARE(stopped.slots[3].columnSums, fewer.slots[3].columnSums);
        QCOMPARE(stopped.predictions, fewer.predictions);
    }

    void emptyWindowsAreRefused()
    {
        const auto model = smallModel(folder(), false);
        Progress progress;
        std::vector<Window> windows(1);
        windows[0].tokens = {1};
        QVERIFY_THROWS_EXCEPTION(Error, measureFisher(model, windows, 1, progress));
        windows[0].tokens = {1, 2};
        windows[0].firstScored = 0;
        QVERIFY_THROWS_EXCEPTION(Error, measureFisher(model, windows, 1, progress));
    }

    void activationDamageEqualsTheDerivativeByHand()
    {
        const auto model = smallModel(folder(), false);
        const auto windows = someWindows(1);
        Progress progress;
        const Fisher fisher = measureFisher(model, windows, 42, progress);
        const ByHand expected(false, windows, 42);
        const int value = model->graph.programs.front().steps.front().output;
        for (size_t i = 0; i < activationSchemes().size(); ++i) {
            const ActivationScheme& scheme = activationSchemes()[i];
            const double byHand =
                expected.activationSums[i].along / 2 / static_cast<double>(expected.predictions);
            QVERIFY(byHand > 0);
            const double found = fisher.activations.of(value, scheme).value();
            QVERIFY2(std::abs(found / byHand - 1) < 1e-4, scheme.id.data());
        }
        QVERIFY(!fisher.activations.of(model->graph.programs.front().output,
                                       activationSchemes().front()));
    }

    void everyActivationMetricIsItsFormula()
    {
        const auto model = smallModel(folder(), false);
        const auto windows = someWindows(1);
        Progress progress;
        const ActivationMeasurement found =
            measureActivationQuantization(TransformedModel(model), windows, 42, progress);
        const ByHand expected(false, windows, 42);
        QCOMPARE(found.predictions, expected.predictions);
        const auto value = static_cast<size_t>(model->graph.programs.front().steps.front().output);
        for (size_t scheme = 0; scheme < activationSchemes().size(); ++scheme)
            for (const ActivationMetric& metric : activationMetrics()) {
                const auto predictions = static_cast<double>(found.predictions);
                const double byHand = metric.damage(expected.activationSums[scheme], predictions);
                const double predicted = metric.damage(found.values[value][scheme], predictions);
                QVERIFY(byHand > 0);
                QVERIFY2(std::abs(predicted / byHand - 1) < 1e-4, metric.id.data());
            }
        QVERIFY(found.values[static_cast<size_t>(model->graph.programs.front().output)].empty());
        QCOMPARE(activationMetricNamed("trace").id, activationMetrics()[2].id);
        QVERIFY_THROWS_EXCEPTION(Error, activationMetricNamed("guess"));
    }

    /// Every value of the sample quantized alone, as the network run so tells.
    void activationDamagePredictsTheDivergence_data()
    {
        QTest::addColumn<QString>("scheme");
        QTest::addColumn<QString>("folder"); ///< of the model; of the sample: none
        for (const char* scheme : {"int8-token-sym", "int4-g32-sym", "int4-token-asym"})
            QTest::newRow(scheme) << scheme << "";
        QTest::newRow("hidden states") << "int6-token-sym"
                                       << "/models/lstm-tinystories-char/hf";
    }
    void activationDamagePredictsTheDivergence()
    {
        BITLOOM_SLOW_WITH_SANITIZERS();
        BITLOOM_REQUIRE_TEST_DATA();
        QFETCH(QString, scheme);
        const ActivationScheme& activationScheme = activationSchemeNamed(scheme.toStdString());
        QFETCH(QString, folder);
        const MeasuredOnBooks& books = measuredOnBooks(folder.toStdString());
        const std::shared_ptr<const Model>& model = books.model;
        Progress progress;
        std::vector<double> predicted;
        std::vector<double> measured;
        double sum = 0;
        for (size_t value = 0; value < model->graph.values.size(); ++value) {
            const auto damage =
                books.fisher.activations.of(static_cast<int>(value), activationScheme);
            if (!damage)
                continue;
            Recipe recipe;
            recipe.values[model->graph.values[value].name] = scheme.toStdString();
            const auto quantized = std::make_shared<Variant>(TransformedModel(model), recipe);
            predicted.push_back(*damage);
            measured.push_back(books.trials->divergence(quantized, progress)->value);
            const double ratio = std::log(predicted.back() / measured.back());
            if (QTest::currentDataTag() == QByteArray("hidden states"))
                QVERIFY2(std::abs(ratio) < 0.3, model->graph.values[value].name.c_str());
            sum += ratio;
        }
        const double mean = sum / static_cast<double>(predicted.size());
        const double correlation = spearman(predicted, measured);
        const QString said = QString("%1 values: Spearman %2, mean ln %3")
                                 .arg(predicted.size())
                                 .arg(correlation)
                                 .arg(mean);
        qInfo("%s", qPrintable(said));
        QVERIFY2(correlation > 0.95, qPrintable(said));
        QVERIFY2(std::abs(mean) < 0.2, qPrintable(said));
    }

    /// Uniform int4 on the sample: the sum of damages against the measured divergence.
    void damagePredictsTheDivergence()
    {
        BITLOOM_SLOW_WITH_SANITIZERS();
        BITLOOM_REQUIRE_TEST_DATA();
        const auto model = openModel(sampleData());
        const std::string books = testData() + "/text/childrens_books/";
        Progress progress;
        TextSettings settings;
        settings.context = 128;
        settings.windows = 60;
        const auto calibration =
            makeWindows(*model->tokenizer, readTextFile(books + "train_part.txt").substr(0, 100000),
                        model->graph.contextLength, settings);
        const Fisher fisher = measureFisher(model, calibration, 1, progress);
        Recipe recipe;
        recipe.target = "safetensors";
        applySet(recipe, *model, ".*", {{"int4-g32-sym"}, "nearest"});
        const Variant weights(TransformedModel(model), recipe);
        double predicted = 0;
        for (size_t i = 0; i < model->graph.slots.size(); ++i) {
            const Slot& slot = model->graph.slots[i];
            if (slot.quantizable)
                predicted +=
                    fisher.slots[i].damage(model->tensorOf(slot).read().view(),
                                           weights.slot(static_cast<int>(i)).decode().view());
        }
        settings.windows = 24;
        const auto evaluation =
            makeWindows(*model->tokenizer, readTextFile(books + "valid.txt").substr(0, 60000),
                        model->graph.contextLength, settings);
        const auto original = makeTorchEngine(model, OriginalWeights(model));
        const auto quantized = makeTorchEngine(model, weights);
        const TextEvaluation found = evaluate(*quantized, original.get(), evaluation, progress);
        const QString said =
            QString("predicted %1, measured %2").arg(predicted).arg(found.kl.value);
        qInfo("%s", qPrintable(said));
        QVERIFY2(std::abs(predicted / found.kl.value - 1) < 0.25, qPrintable(said));
    }
};

QTEST_APPLESS_MAIN(TestFisher)
#include "tst_fisher.moc"
