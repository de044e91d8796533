// SPDX-License-Identifier: GPL-3.0-or-later
// A recipe that quantizes values while the network runs: what is predicted of it, and what is
// measured.
#include "core/quantize/recipe/recipe.h"
#include "core/workbench/evaluation/evaluations.h"
#include "core/workbench/evaluation/exports.h"
#include "core/workbench/fit/fits.h"
#include "core/workbench/prediction/predictions.h"
#include "core/workbench/session/model_calibration.h"
#include "core/workbench/workbench.h"
#include "tests/core/workbench/sample_workbench.h"
#include "tests/refusal.h"

#include <QTest>
#include <cmath>

using namespace bitloom;

class TestQuantizedActivations : public QObject {
    Q_OBJECT

    std::shared_ptr<Workbench> m_workbench;
    EvaluationSettings m_text;
    Progress m_progress;

    const Model& model() const { return m_workbench->model(); }

    /// What linears multiply with is quantized.
    Recipe withInputs(Recipe recipe, const std::string& scheme) const
    {
        std::vector<int> all(model().graph.slots.size());
        std::iota(all.begin(), all.end(), 0);
        quantizeInputs(recipe, model(), all, scheme);
        return recipe;
    }
    double predicted(const Recipe& recipe)
    {
        return m_workbench->predictions().prediction(recipe, m_progress).value().closedForm;
    }

private Q_SLOTS:
    void initTestCase()
    {
        m_workbench = openSample();
        m_workbench->calibration().measureSensitivity(sampleCalibration(24), m_progress);
        m_text.text = readTextFile(sampleData() + "/evaluation.txt");
        m_text.windows.windows = 24;
        m_text.windows.context = 64;
    }

    void nothingIsPredictedBeforeItIsMeasured()
    {
        const auto fresh = openSample();
        QVERIFY(!fresh->predictions().prediction(withInputs({}, "int8-token-sym"), m_progress));
        QCOMPARE(fresh->predictions().activationDamage({}), std::optional<double>(0.0));
    }

    void predictionsMeetTheMeasurement_data()
    {
        QTest::addColumn<QString>("weights");
        QTest::addColumn<QString>("inputs");
        QTest::newRow("inputs alone") << ""
                                      << "int6-token-sym";
        QTest::newRow("8 bits") << ""
                                << "int8-token-sym";
        QTest::newRow("both") << "int4-g32-asym"
                              << "int4-g32-sym";
    }
    void predictionsMeetTheMeasurement()
    {
        QFETCH(QString, weights);
        QFETCH(QString, inputs);
        const Recipe plain = weights.isEmpty() ? Recipe() : uniform(model(), weights.toStdString());
        const Recipe quantized = withInputs(plain, inputs.toStdString());
        const double more = m_workbench->predictions().activationDamage(quantized).value();
        QVERIFY(more > 0);
        QVERIFY(std::abs(predicted(quantized) - predicted(plain) - more) < 1e-9);
        const double measured = evaluated(*m_workbench, quantized, m_text).kl.value;
        const QString said =
            QString("predicted %1, measured %2").arg(predicted(quantized)).arg(measured);
        qInfo("%s", qPrintable(said));
        QVERIFY2(std::abs(std::log(predicted(quantized) / measured)) < 0.3, qPrintable(said));
    }

    /// What is learnt of weights would be wrong with values that are quantized, too.
    void evaluatingThemTeachesNothing()
    {
        const Recipe plain = uniform(model(), "int4-g32-asym");
        const Recipe next = uniform(model(), "int3-g32-asym");
        const size_t before = m_workbench->predictions().prediction(next, m_progress)->learntFrom;
        EngineUse used;
        m_workbench->evaluations().evaluate(withInputs(plain, "int8-token-sym"), m_text, m_progress,
                                            used);
        QCOMPARE(m_workbench->predictions().prediction(next, m_progress)->learntFrom, before);
        m_workbench->evaluations().evaluate(plain, m_text, m_progress, used);
        QCOMPARE(m_workbench->predictions().prediction(next, m_progress)->learntFrom, before + 1);
    }

    /// A fit leaves them as they are, and what it measures is the network with them.
    void fitsKeepThem()
    {
        Recipe start = withInputs({}, "int4-token-sym");
        start.target = "safetensors";
        FitSettings settings = integerFit(5);
        settings.measurement.emplace();
        settings.measurement->text.text = m_text.text;
        settings.measurement->text.windows = m_text.windows;
        settings.measurement->text.windows.windows = 48;
        settings.measurement->seconds = 3;
        const FitResult fit = m_workbench->fits().fit(start, settings, m_progress);
        QCOMPARE(fit.recipe.values, start.values);
        const double activationScheme = m_workbench->predictions().activationDamage(start).value();
        QVERIFY(fit.predictedKl > activationScheme);
        QVERIFY(fit.front.back().predicted >= activationScheme);
        QVERIFY(fit.measured->predictedBest.value > 0.7 * activationScheme);
    }

    void filesCannotAskForIt()
    {
        Recipe recipe = withInputs({}, "int8-token-sym");
        const QString message = refusal([&] {
            m_workbench->exports().exportModel(recipe, "gguf", "/nowhere/rounded.gguf", m_progress);
        });
        QVERIFY2(message.contains("quantizes"), qPrintable(message));
    }
};

QTEST_APPLESS_MAIN(TestQuantizedActivations)
#include "tst_quantized_activations.moc"
