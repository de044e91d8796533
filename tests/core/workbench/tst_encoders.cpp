// SPDX-License-Identifier: GPL-3.0-or-later
// Real encoders: figures that others computed, and what the sensitivity gains them.
#include "core/base/error.h"
#include "core/workbench/evaluation/evaluations.h"
#include "core/workbench/fit/fits.h"
#include "core/workbench/prediction/predictions.h"
#include "core/workbench/session/model_calibration.h"
#include "core/workbench/workbench.h"
#include "tests/core/workbench/encoder_data.h"
#include "tests/core/workbench/sample_workbench.h"

#include <QTemporaryDir>
#include <QtTest>

using namespace bitloom;

class TestEncoders : public QObject {
    Q_OBJECT

    static std::string bertSst2() { return testData() + "/models/bert-sst2/hf"; }
    static EvaluationSettings textOf(const std::string& file)
    {
        EvaluationSettings settings;
        settings.text = readTextFile(testData() + "/text/" + file);
        settings.textName = file;
        return settings;
    }

private Q_SLOTS:
    void figuresOfItsReadme_data()
    {
        QTest::addColumn<QString>("file");
        QTest::addColumn<double>("right");
        QTest::addColumn<double>("f1");
        QTest::addColumn<int>("cut");
        QTest::newRow("dev") << "sst2/dev_binary_sent.csv" << 700.0 / 872 << 0.80846 << 2;
        QTest::newRow("test") << "sst2/test_binary_sent.csv" << 1430.0 / 1821 << 0.78715 << 17;
        QTest::newRow("alps") << "sst2/alps_test.tsv" << 699.0 / 872 << 0.80799 << 2;
    }
    void figuresOfItsReadme()
    {
        BITLOOM_REQUIRE_TEST_DATA();
        QFETCH(QString, file);
        QFETCH(double, right);
        QFETCH(double, f1);
        QFETCH(int, cut);
        const auto open = Workbench::open(bertSst2(), torchEngines());
        Progress progress;
        EngineUse used;
        const SentenceEvaluation evaluated = open->evaluations().evaluateSentences(
            std::nullopt, textOf(file.toStdString()), progress, used);
        QVERIFY(evaluated.complete && evaluated.labelled && !evaluated.compared);
        QCOMPARE(evaluated.accuracy.value, right);
        QVERIFY2(std::abs(evaluated.f1.value - f1) < 1e-5,
                 qPrintable(QString::number(evaluated.f1.value)));
        QCOMPARE(evaluated.cut, int64_t{cut});
        QCOMPARE(used.id, std::string("torch"));
    }

    void everyLogit()
    {
        BITLOOM_REQUIRE_TEST_DATA();
        const auto model = openModel(bertSst2());
        const auto engine = makeTorchEngine(model, OriginalWeights(model));
        QVERIFY(dev872Difference(*engine, *model) < 1e-4);
    }

    /// More bits, less damage; the sum of damages is the divergence that is measured.
    void classesLoseWithBits()
    {
        BITLOOM_REQUIRE_TEST_DATA();
        const auto open = Workbench::open(bertSst2(), torchEngines());
        CalibrationSettings calibration;
        // Not what it was trained on: there it is so sure that the information is next to none.
        calibration.text = readTextFile(testData() + "/text/sst2/test_binary_sent.csv");
        calibration.windows = 600;
        Progress progress;
        const Fisher fisher = open->calibration().measureSensitivity(calibration, progress);
        QCOMPARE(fisher.predictions, int64_t{600});
        double before = 0;
        for (const char* scheme : {"int8-g32-sym", "int6-g32-sym", "int4-g32-sym"}) {
            EngineUse used;
            const Recipe recipe = uniform(open->model(), scheme);
            const SentenceEvaluation evaluated = open->evaluations().evaluateSentences(
                recipe, textOf("sst2/dev_binary_sent.csv"), progress, used);
            const double predicted = open->predictions().predictedKl(recipe, progress).value();
            qInfo("%s: KL %.6f, predicted %.6f, agreement %.4f", scheme, evaluated.kl.value,
                  predicted, evaluated.agreement.value);
            QVERIFY(evaluated.kl.value > before);
            QVERIFY(std::abs(std::log(predicted / evaluated.kl.value)) < 0.5);
            before = evaluated.kl.value;
        }
        EngineUse used;
        EvaluationSettings same = textOf("sst2/test_binary_sent.csv");
        QVERIFY_THROWS_EXCEPTION(Error, open->evaluations().evaluateSentences(
                                            uniform(open->model(), "f16"), same, progress, used));
        QVERIFY_THROWS_EXCEPTION(
            Error, open->evaluations().evaluateText(std::nullopt, textOf("sst2/alps_test.tsv"),
                                                    progress, used));
    }

    void embeddingsOfTransformers()
    {
        BITLOOM_REQUIRE_TEST_DATA();
        BITLOOM_REQUIRE_MINILM();
        const auto model = openModel(miniLm());
        QVERIFY2(model->runnable(), model->missing.c_str());
        QCOMPARE(model->graph.contextLength, int64_t{256});
        const auto engine = makeTorchEngine(model, OriginalWeights(model));
        const double difference = titlesDifference(*engine, *model, 200);
        QVERIFY2(difference < 1e-4, qPrintable(QString::number(difference)));
    }

    /// At 4.0 bits the fit has at most half of the cosine error of uniform 4-bit groups (4.5 bits).
    void fitOfASentenceEncoder()
    {
        BITLOOM_REQUIRE_TEST_DATA();
        BITLOOM_REQUIRE_MINILM();
        const auto open = Workbench::open(miniLm(), torchEngines());
        CalibrationSettings calibration;
        const std::string all = titles(400);
        calibration.text = all.substr(titles(200).size());
        calibration.windows = 200;
        Progress progress;
        open->calibration().measureSensitivity(calibration, progress);
        EvaluationSettings text;
        text.text = titles(100);
        text.textName = "titles";
        const auto error = [&](const Recipe& recipe) {
            EngineUse used;
            return 1 -
                   open->evaluations().evaluateSentences(recipe, text, progress, used).cosine.value;
        };
        Recipe start;
        start.target = "safetensors";
        FitSettings settings = integerFit(4.0);
        std::erase_if(settings.schemes, [](const std::string& id) { // others are hardly chosen
            return !id.ends_with("g64-asym") && !id.ends_with("g128-asym");
        });
        const FitResult fitted = open->fits().fit(start, settings, progress);
        QVERIFY(fitted.size.bitsPerWeight() <= 4.0);
        const double ours = error(fitted.recipe);
        const double theirs = error(uniform(open->model(), "int4-g32-sym"));
        qInfo("fit at %.3f bits: 1 − cosine %.5f, predicted %.5f; uniform int4-g32-sym %.5f",
              fitted.size.bitsPerWeight(), ours, fitted.predictedKl, theirs);
        QVERIFY(ours <= theirs / 2);
    }
};

QTEST_GUILESS_MAIN(TestEncoders)
#include "tst_encoders.moc"
