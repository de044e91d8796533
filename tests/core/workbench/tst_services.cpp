// SPDX-License-Identifier: GPL-3.0-or-later
// Services of the workbench remember behind locks of their own: what one is told, the others know.
#include "core/files/formats/writers.h"
#include "core/workbench/prediction/measured_variants.h"
#include "core/workbench/prediction/predictions.h"
#include "core/workbench/prediction/slot_errors.h"
#include "core/workbench/session/model_calibration.h"
#include "core/workbench/session/opened_model.h"
#include "core/workbench/workbench.h"
#include "tests/core/workbench/sample_workbench.h"

#include <QTemporaryDir>
#include <QTest>

#include <atomic>
#include <optional>
#include <thread>

using namespace bitloom;

class TestServices : public QObject {
    Q_OBJECT

    Progress m_progress;
    CalibrationSettings m_text;
    Fisher m_fisher; ///< of the sample
    std::shared_ptr<Workbench> m_workbench;

    VariantKey keyOf(const Recipe& recipe) const
    {
        return m_workbench->calibration().variant(recipe).key();
    }
    static Fisher doubled(Fisher fisher)
    {
        for (SlotFisher& slot : fisher.slots) {
            for (float& sum : slot.rowSums)
                sum *= 2;
            for (float& sum : slot.columnSums)
                sum *= 2;
        }
        return fisher;
    }

private Q_SLOTS:
    void initTestCase()
    {
        m_text.text = readTextFile(sampleData() + "/calibration.txt");
        m_text.context = 32;
        m_text.windows = 2;
        m_fisher = openSample()->calibration().measureSensitivity(m_text, m_progress);
    }
    void init()
    {
        m_workbench = openSample();
        m_workbench->calibration().setFisher(m_fisher);
    }
    void cleanup() { qputenv("BITLOOM_CACHE", "off"); }

    void otherFactorsGiveOtherErrorsAndRecalibrations()
    {
        const Recipe recipe = uniform(m_workbench->model(), "int4-g32-sym");
        const double before = m_workbench->predictions().predictedKl(recipe, m_progress).value();
        const auto known = m_workbench->predictions().recalibration(m_progress);
        QCOMPARE(m_workbench->predictions().recalibration(m_progress), known);
        m_workbench->calibration().setFisher(doubled(m_fisher));
        QVERIFY(m_workbench->predictions().predictedKl(recipe, m_progress).value() > before);
        QVERIFY(m_workbench->predictions().recalibration(m_progress) != known);
        m_workbench->calibration().setFisher(m_fisher);
        QCOMPARE(m_workbench->predictions().predictedKl(recipe, m_progress).value(), before);
    }

    void otherInputsForgetWhatWasEvaluatedByThem()
    {
        QVERIFY(m_workbench->calibration().measureInputs(m_text, m_progress));
        const Recipe plain = uniform(m_workbench->model(), "int4-g32-sym");
        const Recipe guided = uniform(m_workbench->model(), "int4-g32-sym", "gptq");
        const VariantKey ofPlain = keyOf(plain);
        const VariantKey ofGuided = keyOf(guided);
        for (const Recipe* recipe : {&plain, &guided})
            m_workbench->predictions().learnFrom(*recipe, {0.1, 0.01}, std::nullopt);
        m_workbench->calibration().setFisher(m_fisher); // which no evaluation depends on
        QVERIFY(m_workbench->measuredVariants().isEvaluated(ofPlain));
        QVERIFY(m_workbench->measuredVariants().isEvaluated(ofGuided));
        QVERIFY(m_workbench->calibration().measureInputs(m_text, m_progress));
        QVERIFY(m_workbench->measuredVariants().isEvaluated(ofPlain));
        QVERIFY(!m_workbench->measuredVariants().isEvaluated(ofGuided));
    }

    void whatWasMeasuredBeforeIsKnownOnceTheModelIs()
    {
        const QTemporaryDir cache;
        qputenv("BITLOOM_CACHE", cache.path().toUtf8());
        Recipe recipe;
        const Slot& slot = m_workbench->model().graph.slots.at(static_cast<size_t>(
            slotsAccepting(m_workbench->model(), Encoding{"int4-g32-sym", "nearest", {}, {}})
                .front()));
        recipe.slots[slot.name].scheme = "int4-g32-sym";
        openSample()->measuredVariants().addTrial({keyOf(recipe), "some text"}, {0.1, 0.01});

        const auto later = openSample();
        later->calibration().setFisher(m_fisher);
        const auto measured = [&] {
            return later->predictions().recalibration(m_progress)->slotsMeasured();
        };
        QCOMPARE(measured(), size_t{0});
        QVERIFY(later->opened().recognise(m_progress));
        QCOMPARE(measured(), size_t{1});
    }

    /// An answer is of what was known when it was asked for, or of something later; and when all is
    /// quiet, of the last.
    void answersAreOfWhatIsKnown()
    {
        const Recipe recipe = uniform(m_workbench->model(), "int8-g32-sym");
        const Fisher other = doubled(m_fisher);
        const double first = m_workbench->predictions().predictedKl(recipe, m_progress).value();
        std::atomic<bool> done = false;
        std::thread changing([&] {
            for (int i = 0; i < 40; ++i)
                m_workbench->calibration().setFisher(i % 2 == 0 ? other : m_fisher);
            done = true;
        });
        Progress silent;
        while (!done)
            m_workbench->predictions().prediction(recipe, silent);
        changing.join();
        QCOMPARE(m_workbench->predictions().predictedKl(recipe, m_progress).value(), first);
    }
};

QTEST_APPLESS_MAIN(TestServices)
#include "tst_services.moc"
