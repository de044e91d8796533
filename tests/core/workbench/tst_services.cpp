// SPDX-License-Identifier: GPL-3.0-or-later
// Services of the workbench remember behind locks of their own: what one is told, the others know.
#include "core/files/formats/writers.h"
#include "core/workbench/prediction/measured_variants.h"
#include "core/workbench/prediction/predictions.h"
#include "core/workbench/prediction/sensitivities.h"
#include "core/workbench/prediction/slot_errors.h"
#include "core/workbench/session/model_calibration.h"
#include "core/workbench/session/opened_model.h"
#include "core/workbench/workbench.h"
#include "tests/core/workbench/sample_workbench.h"
#include "tests/refusal.h"

#include <QTemporaryDir>
#include <QTest>

#include <atomic>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

using namespace bitloom;

namespace {

/// Does something at the first report: what happens while somebody measures.
class Meanwhile : public Progress {
public:
    explicit Meanwhile(std::function<void()> what)
        : m_what(std::move(what))
    {
    }
    void report(double, std::string_view) override { std::call_once(m_once, m_what); }

private:
    std::once_flag m_once;
    std::function<void()> m_what;
};

} // namespace

class TestServices : public QObject {
    Q_OBJECT

    Progress m_progress;
    CalibrationSettings m_text;
    CalibrationSettings m_otherText;
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
        m_text = sampleCalibration(2, 32);
        m_otherText = m_text;
        m_otherText.text = readTextFile(sampleData() + "/evaluation.txt");
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

    void otherInputsGiveOtherErrorsAndRecalibrations()
    {
        const Recipe recipe = uniform(m_workbench->model(), "int3-g32-sym");
        const auto predicted = [&](const CalibrationSettings& text) {
            [&] { QVERIFY(m_workbench->calibration().measureInputs(text, m_progress)); }();
            return m_workbench->predictions().predictedKl(recipe, m_progress).value();
        };
        const double first = predicted(m_text);
        const auto known = m_workbench->predictions().recalibration(m_progress);
        QVERIFY(predicted(m_otherText) != first);
        QVERIFY(m_workbench->predictions().recalibration(m_progress) != known);
        QCOMPARE(predicted(m_text), first);
    }

    /// An evaluation takes a while, and others may analyse meanwhile.
    void whatEndsAfterItsInputsAreGoneTeachesNothing()
    {
        QVERIFY(m_workbench->calibration().measureInputs(m_text, m_progress));
        const VariantKey before = keyOf(uniform(m_workbench->model(), "int4-g32-sym", "gptq"));
        QVERIFY(m_workbench->calibration().measureInputs(m_otherText, m_progress));
        m_workbench->measuredVariants().keepEvaluated(before, {{0.1, 0.01}, std::nullopt});
        const auto known = m_workbench->calibration().known();
        QCOMPARE(m_workbench->measuredVariants().all(known).measured.size(), size_t{0});
    }

    /// Stopped after the inputs of its text, an analysis leaves the Fisher of the text before.
    void aFisherIsOfTheTextItWasMeasuredOn()
    {
        const auto damages = [this](Workbench& workbench) {
            std::vector<double> result;
            for (const SlotDamage& slot :
                 workbench.sensitivities().damagesBy("fisher", m_otherText, m_progress))
                result.push_back(slot.damage);
            return result;
        };
        m_workbench->calibration().measureSensitivity(m_text, m_progress);
        QVERIFY(m_workbench->calibration().measureInputs(m_otherText, m_progress));
        const auto alone = openSample();
        QVERIFY(alone->calibration().measureInputs(m_otherText, m_progress));
        QCOMPARE(damages(*m_workbench), damages(*alone));
        for (const CalibrationSettings& text : {m_text, m_otherText}) {
            EvaluationSettings evaluation;
            evaluation.text = text.text;
            QVERIFY(
                !refusal([&] { m_workbench->calibration().requireHeldOut(evaluation); }).isEmpty());
        }
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

    /// Others change the factors and ask before the first who asks has his answer.
    void whatWasOvertakenIsForgotten()
    {
        const Recipe recipe = uniform(m_workbench->model(), "int4-g32-sym");
        const Fisher other = doubled(m_fisher);
        const auto afresh = openSample();
        afresh->calibration().setFisher(other);
        for (Workbench* workbench : {m_workbench.get(), afresh.get()})
            workbench->predictions().learnFrom(recipe, {0.1, 0.01}, std::nullopt);
        Predictions& asked = m_workbench->predictions();
        const double expected = afresh->predictions().prediction(recipe, m_progress)->damages.total;

        Meanwhile overtakesTerms([&] {
            m_workbench->calibration().setFisher(other);
            asked.predictedKl(recipe, m_progress);
        });
        asked.predictedKl(recipe, overtakesTerms);
        QCOMPARE(asked.prediction(recipe, m_progress)->damages.total, expected);

        m_workbench->calibration().setFisher(m_fisher);
        Meanwhile overtakesRecalibration([&] {
            m_workbench->calibration().setFisher(other);
            asked.recalibration(m_progress);
        });
        const auto first = asked.recalibration(overtakesRecalibration);
        QVERIFY(asked.recalibration(m_progress) != first);
        QCOMPARE(asked.prediction(recipe, m_progress)->damages.total, expected);
    }

    /// An answer is of what was known when it was asked for, or of something later; and when all is
    /// quiet, of the last.
    void answersAreOfWhatIsKnown()
    {
        std::vector<Recipe> recipes;
        std::vector<double> first;
        for (const char* scheme : {"int8-g32-sym", "int4-g32-sym", "q8_0"}) {
            recipes.push_back(uniform(m_workbench->model(), scheme));
            first.push_back(
                m_workbench->predictions().predictedKl(recipes.back(), m_progress).value());
        }
        const Fisher other = doubled(m_fisher);
        std::atomic<bool> done = false;
        std::thread changing([&] {
            for (int i = 0; i < 40; ++i)
                m_workbench->calibration().setFisher(i % 2 == 0 ? other : m_fisher);
            done = true;
        });
        std::vector<std::thread> asking;
        for (const Recipe& recipe : recipes)
            asking.emplace_back([&] {
                Progress silent;
                while (!done)
                    m_workbench->predictions().prediction(recipe, silent);
            });
        changing.join();
        for (std::thread& asker : asking)
            asker.join();
        for (size_t i = 0; i < recipes.size(); ++i)
            QCOMPARE(m_workbench->predictions().predictedKl(recipes[i], m_progress).value(),
                     first[i]);
    }
};

QTEST_APPLESS_MAIN(TestServices)
#include "tst_services.moc"
