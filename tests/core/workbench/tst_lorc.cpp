// SPDX-License-Identifier: GPL-3.0-or-later
// LoRC on the sample: what it wins, what is predicted of it, and who cannot hold it.
#include "core/quantize/corrections/correction.h"
#include "core/workbench/evaluation/exports.h"
#include "core/workbench/fit/fits.h"
#include "core/workbench/report/report.h"
#include "tests/core/workbench/sample_workbench.h"
#include "tests/refusal.h"

#include <QFile>
#include <QTemporaryDir>
#include <QTest>

using namespace bitloom;

class TestLorc : public QObject {
    Q_OBJECT

    std::shared_ptr<Workbench> m_sample;
    CalibrationSettings m_calibration;
    EvaluationSettings m_evaluation;
    Progress m_progress;

    Recipe threeBits(const char* correction) const
    {
        Recipe recipe = uniform(m_sample->model(), "int3-g32-sym", "mse");
        if (correction)
            applyCorrection(recipe, m_sample->model(), std::string(".*=") + correction);
        return recipe;
    }

private Q_SLOTS:
    void initTestCase()
    {
        m_sample = openSample();
        m_calibration = sampleCalibration(16);
        m_evaluation = sampleEvaluation(32);
        QVERIFY(m_sample->calibration().measureInputs(m_calibration, m_progress));
        m_sample->calibration().measureSensitivity(m_calibration, m_progress);
    }

    /// Paired, in standard errors: rank 8 loses less than none, weighed by the inputs less than
    /// plain.
    void itLowersTheDivergence()
    {
        const TextEvaluation none = evaluated(*m_sample, threeBits(nullptr), m_evaluation);
        const TextEvaluation plain = evaluated(*m_sample, threeBits("lorc:8"), m_evaluation);
        const TextEvaluation weighted =
            evaluated(*m_sample, threeBits("lorc-weighted:8"), m_evaluation);
        for (const auto& [less, more] : {std::pair(&plain, &none), std::pair(&weighted, &plain)}) {
            const Estimate saved = pairedDifference(more->klBlocks, less->klBlocks);
            QVERIFY2(saved.value > 2 * saved.standardError,
                     qPrintable(QString("%1 %2").arg(saved.value).arg(saved.standardError)));
        }
    }

    /// What is predicted sees the correction, as do sizes and the figures of a slot.
    void predictionsSeeIt()
    {
        const Recipe with = threeBits("lorc-weighted:32");
        // Nothing is remembered of it, and nothing of it is known quickly.
        QVERIFY(m_sample->predictions().quickEstimate(threeBits(nullptr), m_progress));
        QVERIFY(!m_sample->predictions().quickEstimate(with, m_progress));
        const double predicted = *m_sample->predictions().predictedKl(with, m_progress);
        QVERIFY(predicted <
                0.9 * *m_sample->predictions().predictedKl(threeBits(nullptr), m_progress));
        const double measured = evaluated(*m_sample, with, m_evaluation).kl.value;
        QVERIFY2(predicted / measured > 0.5 && predicted / measured < 2,
                 qPrintable(QString("%1 %2").arg(predicted).arg(measured)));
        QVERIFY(recipeSize(m_sample->model(), with).quantizableBytes >
                recipeSize(m_sample->model(), threeBits(nullptr)).quantizableBytes);
    }

    void reportsCountItsBytes()
    {
        const Recipe recipe = threeBits("lorc:8");
        const ReportInput report =
            m_sample->reports().gatherReport(recipe, ReportSettings(), m_progress);
        int64_t corrected = 0;
        for (const ReportSlot& line : report.slots) {
            const SlotChoice choice = recipe.choice(line.name);
            const Model& model = m_sample->model();
            const Slot& slot = model.graph.slot(model.graph.findSlot(line.name));
            QCOMPARE(line.bytes, slotBytes(model, slot, choice.scheme, choice.correction));
            corrected += line.bytes - slotBytes(model, slot, choice.scheme);
        }
        QVERIFY(corrected > 0);
    }

    /// A fit keeps what the user chose, and counts its bytes.
    void fitsKeepIt()
    {
        const Recipe start = threeBits("lorc:2");
        FitSettings settings = integerFit(4.5);
        settings.schemes = {"int3-g32-sym", "int4-g32-sym", "int5-g32-sym"};
        const FitResult result = m_sample->fits().fit(start, settings, m_progress);
        int corrected = 0;
        for (const auto& [slot, choice] : result.recipe.slots)
            corrected += choice.correction.has_value();
        QVERIFY(corrected > 0);
        QVERIFY(recipeSize(m_sample->model(), result.recipe).bitsPerWeight() <= 4.5);
    }

    void exportsRefuseItByName_data()
    {
        QTest::addColumn<QString>("format");
        for (const Target& target : targets())
            QTest::addRow("%s", target.id.c_str()) << QString::fromStdString(target.id);
    }
    void exportsRefuseItByName()
    {
        QFETCH(QString, format);
        const QTemporaryDir folder;
        Recipe recipe;
        recipe.target = format.toStdString();
        const std::string slot = "model.layers.1.mlp.up_proj";
        recipe.slots[slot].scheme = "q4_0";
        applyCorrection(recipe, m_sample->model(), ".*=lorc:4");
        const QString path = folder.filePath("out." + format);
        const QString refused = refusal([&] {
            m_sample->exports().exportModel(recipe, recipe.target, {path.toStdString(), false},
                                            m_progress);
        });
        QVERIFY2(refused.contains("up_proj") && refused.contains("LoRC 4"), qPrintable(refused));
        QVERIFY(!QFile::exists(path));
    }
};

QTEST_GUILESS_MAIN(TestLorc)
#include "tst_lorc.moc"
