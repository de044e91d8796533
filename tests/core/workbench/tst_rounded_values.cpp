// SPDX-License-Identifier: GPL-3.0-or-later
// A recipe that rounds values while the network runs: what is told of it, and what is measured.
#include "core/quantize/recipe/recipe.h"
#include "core/workbench/evaluation/evaluations.h"
#include "core/workbench/evaluation/exports.h"
#include "core/workbench/fit/fits.h"
#include "core/workbench/prediction/predictions.h"
#include "core/workbench/session/model_calibration.h"
#include "core/workbench/workbench.h"
#include "tests/core/workbench/sample_bench.h"
#include "tests/refusal.h"

#include <QTest>
#include <cmath>

using namespace bitloom;

class TestRoundedValues : public QObject {
    Q_OBJECT

    std::shared_ptr<Workbench> m_bench;
    JudgeSettings m_text;
    Progress m_progress;

    const Model& model() const { return m_bench->model(); }

    /// What linears multiply with is rounded.
    Recipe withInputs(Recipe recipe, const std::string& scheme) const
    {
        std::vector<int> all(model().graph.slots.size());
        std::iota(all.begin(), all.end(), 0);
        roundInputs(recipe, model(), all, scheme);
        return recipe;
    }
    double told(const Recipe& recipe)
    {
        return m_bench->predictions().prediction(recipe, m_progress).value().closedForm;
    }

private Q_SLOTS:
    void initTestCase()
    {
        m_bench = openSample();
        CalibrationSettings settings;
        settings.text = readTextFile(sampleData() + "/calibration.txt");
        settings.windows = 24;
        settings.context = 64;
        m_bench->calibration().measureSensitivity(settings, m_progress);
        m_text.text = readTextFile(sampleData() + "/evaluation.txt");
        m_text.windows.windows = 24;
        m_text.windows.context = 64;
    }

    void nothingIsToldBeforeItIsMeasured()
    {
        const auto fresh = openSample();
        QVERIFY(!fresh->predictions().prediction(withInputs({}, "int8-token-sym"), m_progress));
        QCOMPARE(fresh->predictions().roundingDamage({}), std::optional<double>(0.0));
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
        const Recipe rounded = withInputs(plain, inputs.toStdString());
        const double more = m_bench->predictions().roundingDamage(rounded).value();
        QVERIFY(more > 0);
        QVERIFY(std::abs(told(rounded) - told(plain) - more) < 1e-9);
        const double measured = judged(*m_bench, rounded, m_text).kl.value;
        const QString said = QString("predicted %1, measured %2").arg(told(rounded)).arg(measured);
        qInfo("%s", qPrintable(said));
        QVERIFY2(std::abs(std::log(told(rounded) / measured)) < 0.3, qPrintable(said));
    }

    /// What is learnt of weights would be wrong with values that are rounded, too.
    void judgingThemTeachesNothing()
    {
        const Recipe plain = uniform(model(), "int4-g32-asym");
        const Recipe next = uniform(model(), "int3-g32-asym");
        const size_t before = m_bench->predictions().prediction(next, m_progress)->learntFrom;
        EngineUse used;
        m_bench->evaluations().judge(withInputs(plain, "int8-token-sym"), m_text, m_progress, used);
        QCOMPARE(m_bench->predictions().prediction(next, m_progress)->learntFrom, before);
        m_bench->evaluations().judge(plain, m_text, m_progress, used);
        QCOMPARE(m_bench->predictions().prediction(next, m_progress)->learntFrom, before + 1);
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
        const FitResult fit = m_bench->fits().fit(start, settings, m_progress);
        QCOMPARE(fit.recipe.values, start.values);
        const double rounding = m_bench->predictions().roundingDamage(start).value();
        QVERIFY(fit.predictedKl > rounding);
        QVERIFY(fit.front.back().predicted >= rounding);
        QVERIFY(fit.measured->predictedBest.value > 0.7 * rounding);
    }

    void filesCannotAskForIt()
    {
        Recipe recipe = withInputs({}, "int8-token-sym");
        const QString message = refusal([&] {
            m_bench->exports().exportModel(recipe, "gguf", "/nowhere/rounded.gguf", m_progress);
        });
        QVERIFY2(message.contains("rounds"), qPrintable(message));
    }
};

QTEST_APPLESS_MAIN(TestRoundedValues)
#include "tst_rounded_values.moc"
