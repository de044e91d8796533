// SPDX-License-Identifier: GPL-3.0-or-later
// A recurrent network over lines of text on both engines: what its author's program measured.
#include "app/engines/engines.h"
#include "core/files/formats/writers.h"
#include "core/workbench/evaluation/evaluations.h"
#include "core/workbench/workbench.h"
#include "tests/test_data.h"

#include <QtTest>

using namespace bitloom;

class TestKnownAccuracy : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { BITLOOM_REQUIRE_TEST_DATA(); }

    void lineByLine_data()
    {
        QTest::addColumn<QString>("engine");
        QTest::newRow("torch") << "torch";
        if (!offeredDevices().empty())
            QTest::newRow("vulkan") << "vulkan";
    }
    void lineByLine()
    {
        QFETCH(QString, engine);
        const auto workbench =
            Workbench::open(testData() + "/models/lstm-tinystories-char/hf", makeEngines({}));
        EvaluationSettings settings;
        settings.text = readTextFile(testData() + "/text/tinystories/lowercase_sentences_test.txt");
        settings.windows.lines = true;
        settings.engine = engine.toStdString();
        Progress progress;
        EngineUse used;
        const TextEvaluation evaluation =
            workbench->evaluations().evaluateText(std::nullopt, settings, progress, used);
        QCOMPARE(used.id, settings.engine);
        QCOMPARE(evaluation.tokens, int64_t{10754});
        QCOMPARE(evaluation.droppedCharacters, int64_t{0});
        QVERIFY2(std::abs(evaluation.accuracy - 0.614190) < 0.0005,
                 qPrintable(QString::number(evaluation.accuracy)));
        QVERIFY2(std::abs(evaluation.perplexity - 3.586) < 0.005,
                 qPrintable(QString::number(evaluation.perplexity)));
    }
};

QTEST_GUILESS_MAIN(TestKnownAccuracy)
#include "tst_known_accuracy.moc"
