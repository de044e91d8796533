// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/document/analysis.h"

#include "app/document/fit_basis.h"
#include "app/words/fit_words.h"
#include "app/words/words.h"
#include "core/analyze/text/text.h"
#include "core/base/error.h"
#include "core/workbench/evaluation/evaluations.h"
#include "core/workbench/fit/fits.h"
#include "core/workbench/prediction/slot_errors.h"
#include "core/workbench/session/model_calibration.h"
#include "core/workbench/session/sample.h"
#include "core/workbench/session/text_match.h"
#include "core/workbench/statistics/model_statistics.h"
#include "core/workbench/workbench.h"

#include <algorithm>
#include <utility>

namespace bitloom {

namespace {

constexpr int kMeasuringWindows = 256;
constexpr int kEvaluationPauseMs = 1200;
/// An evaluation that took longer than this is made only when asked for.
constexpr qint64 kCheapEvaluationMs = 3000;

constexpr const char* kCalibrationName = "calibration.txt";
constexpr const char* kEvaluationName = "evaluation.txt";

NamedText loadText(const QString& path, const char* bundled)
{
    return readNamedText(path.isEmpty() ? QString::fromStdString(sampleFolder()) + '/' + bundled
                                        : path);
}

std::unique_ptr<FileInUse> inUse(const QString& path, const char* bundled)
{
    return std::make_unique<FileInUse>(path.isEmpty() ? bundledText(bundled) : path.toStdString());
}

EvaluationSettings evaluationSettings(const AnalysisSettings& settings, const Model& model)
{
    const NamedText text = evaluationText(settings);
    EvaluationSettings result;
    result.text = text.text;
    result.textName = text.name.toStdString();
    result.windows.context = std::min<int64_t>(settings.context, model.graph.contextLength);
    result.windows.windows = settings.evaluationWindows;
    result.engine = settings.engine.toStdString();
    return result;
}

/// What recipes are chosen by. Error when they are evaluated on the same text.
FitMeasurement measurement(const AnalysisSettings& settings, const Model& model,
                           const QString& path)
{
    const NamedText text = loadText(path, "");
    if (textsOverlap(text.text.text(), evaluationText(settings).text.text()))
        throw Error("fit", "the text " + text.name.toStdString() +
                               " shares lines with the evaluation text, so the evaluation would "
                               "flatter the recipe");
    FitMeasurement result;
    result.text.text = text.text;
    result.text.textName = text.name.toStdString();
    result.text.windows.context = std::min<int64_t>(settings.context, model.graph.contextLength);
    result.text.windows.windows = kMeasuringWindows;
    return result;
}

QString warningOf(const Model& model, const Corpus& text, const std::string& name)
{
    const std::string warning = matchText(model, text.text(), name).warning;
    return warning.empty() ? QString() : Words::sentence(warning);
}

void measureStatistics(Workbench& workbench, Measurements& into, JobProgress& progress)
{
    const int count = static_cast<int>(workbench.model().graph.slots.size());
    for (int slot = 0; slot < count && !progress.stopRequested(); ++slot) {
        progress.report(static_cast<double>(slot) / count, workbench.model().graph.slot(slot).name);
        if (!workbench.model().canRead(slot))
            continue;
        ProgressSpan silent(progress, static_cast<double>(slot) / count,
                            static_cast<double>(slot + 1) / count);
        auto statistics =
            std::make_shared<const SlotStatistics>(workbench.statistics().statistics(slot, silent));
        progress.show([&into, slot, statistics] { into.setStatistics(slot, statistics); });
    }
}

/// Reports fractions between `from` and `to`, where these differ.
void measureBars(Workbench& workbench, Measurements& into, JobProgress& progress, double from,
                 double to)
{
    const std::vector<Slot>& all = workbench.model().graph.slots;
    Progress unstoppable; // a stopped analysis still shows what it measured
    for (size_t i = 0; i < all.size(); ++i) {
        if (!all[i].quantizable)
            continue;
        const double share = static_cast<double>(i) / static_cast<double>(all.size());
        if (to > from)
            progress.report(from + (to - from) * share, all[i].name);
        const double damage = workbench.slotErrors().sensitivity(static_cast<int>(i), unstoppable);
        progress.show([&into, i, damage] { into.setSensitivity(static_cast<int>(i), damage); });
    }
}

/// Bars are drawn anew after these numbers of windows: often at first, where they move most, and
/// seldom later, since each time costs one pass over the weights.
bool redrawsBars(int64_t windows)
{
    return windows == 1 || windows == 4 || (windows > 0 && windows % 16 == 0);
}

} // namespace

NamedText calibrationFile(const AnalysisSettings& settings)
{
    return loadText(settings.calibrationPath, kCalibrationName);
}

CalibrationSettings calibrationText(const AnalysisSettings& settings, const Model& model)
{
    const NamedText text = calibrationFile(settings);
    CalibrationSettings result;
    result.text = text.text;
    result.textName = text.name.toStdString();
    result.context = std::min<int64_t>(settings.context, model.graph.contextLength);
    result.windows = settings.calibrationWindows;
    return result;
}

NamedText evaluationText(const AnalysisSettings& settings)
{
    return loadText(settings.evaluationPath, kEvaluationName);
}

Analysis::Analysis(Session& session, Measurements& measurements, QObject* parent)
    : QObject(parent)
    , m_session(session)
    , m_measurements(measurements)
{
    m_evaluationPause.setSingleShot(true);
    m_evaluationPause.setInterval(kEvaluationPauseMs);
    connect(&m_evaluationPause, &QTimer::timeout, this, &Analysis::evaluate);
    connect(&session, &Session::aboutToOpen, this, &Analysis::clear);
    connect(&session, &Session::choicesChanged, this, &Analysis::dropStaleFront);
    connect(&session, &Session::choicesChanged, this, &Analysis::followInputs);
    connect(&session, &Session::choicesChanged, this, &Analysis::followTransforms);
    connect(&session, &Session::choicesChanged, this, &Analysis::evaluateSoon);
    connect(&session.jobs(), &Jobs::finished, this, [this](const QString& tag) {
        if (tag == "analyse")
            m_fitAfterwards = {};
        if (tag == "inputs")
            m_inputsAsked = m_inputsKnown; // stopped ones are asked for again
    });
}

void Analysis::setSettings(const AnalysisSettings& settings)
{
    m_settings = settings;
    m_textsInUse.clear();
    m_textsInUse.push_back(inUse(settings.calibrationPath, kCalibrationName));
    m_textsInUse.push_back(inUse(settings.evaluationPath, kEvaluationName));
    showStale();
    Q_EMIT settingsChanged();
}

void Analysis::clear()
{
    m_evaluation.reset();
    m_fitAfterwards = {};
    m_method.clear();
    m_source = {};
    showStale();
    m_inputsKnown = m_inputsAsked = false;
    m_transformsAsked = {};
    m_frontBasis = {};
    m_frontQuestion.reset();
    setFront({});
    m_evaluationPause.stop();
    Q_EMIT evaluationChanged();
    Q_EMIT sensitivityChanged();
}

void Analysis::analyse()
{
    auto work = [this, settings = m_settings, workbench = m_session.workbench(),
                 into = &m_measurements](JobProgress& progress) {
        ProgressSpan first(progress, 0, 0.2);
        Workbench& opened = *workbench;
        measureStatistics(opened, *into, progress);
        Fisher fisher;
        Source source;
        source.textPath = settings.calibrationPath;
        if (opened.model().runnable() && !progress.stopRequested()) {
            const CalibrationSettings text = calibrationText(settings, opened.model());
            source.textName = QString::fromStdString(text.textName);
            source.warning = warningOf(opened.model(), text.text, text.textName);
            ProgressSpan inputs(progress, 0.1, 0.2);
            const std::vector<ValueStatistics> values =
                opened.statistics().activations(text, inputs);
            progress.show([into, values] { into->setActivations(values); });
            ProgressSpan windows(progress, 0.2, 0.9);
            const auto showRunning = [&](const Fisher& running) {
                if (!redrawsBars(running.windows) || progress.stopRequested())
                    return;
                opened.calibration().setFisher(running);
                measureBars(opened, *into, progress, 0, 0);
                progress.show([this, running, source] { showMethod(running, source); });
            };
            fisher = opened.calibration().measureSensitivity(text, windows, showRunning);
            if (fisher.windows > 0)
                measureBars(opened, *into, progress, 0.9, 1);
        }
        return std::pair(std::move(fisher), source);
    };
    m_session.jobs().start({"analyse", tr("Analyse"), JobQueue::Engine}, this, std::move(work),
                           [this](const std::pair<Fisher, Source>& result) {
                               finishAnalysis(result.first, result.second);
                           });
}

void Analysis::followInputs()
{
    if (m_inputsAsked || !m_session.recipe().needsCalibration())
        return;
    auto work = [settings = m_settings, workbench = m_session.workbench()](JobProgress& progress) {
        return workbench->calibration().inputs() ||
               workbench->calibration().measureInputs(calibrationText(settings, workbench->model()),
                                                      progress);
    };
    m_inputsAsked = true;
    m_session.jobs().start({"inputs", tr("Inputs of the layers"), JobQueue::Engine}, this,
                           std::move(work), [this](bool measured) {
                               m_inputsKnown = measured;
                               if (measured)
                                   m_measurements.remeasure();
                           });
}

void Analysis::followTransforms()
{
    const Recipe& now = m_session.recipe();
    const auto asked = std::pair(now.transforms, !now.values.empty());
    if (now.transforms.empty() || m_transformsAsked == asked)
        return;
    enum class Outcome { WasKnown, Measured, Stopped };
    auto work = [workbench = m_session.workbench(), recipe = now](JobProgress& progress) {
        ModelCalibration& calibration = workbench->calibration();
        if (!calibration.inputs())
            return Outcome::Stopped;
        if (calibration.needsActivations(recipe))
            return calibration.measureActivations(recipe, progress) ? Outcome::Measured
                                                                    : Outcome::Stopped;
        return calibration.transformed(recipe.transforms, progress) ? Outcome::WasKnown
                                                                    : Outcome::Stopped;
    };
    m_transformsAsked = asked;
    m_session.jobs().start({"transforms", tr("Transforms"), JobQueue::Engine}, this,
                           std::move(work), [this](Outcome outcome) {
                               if (outcome == Outcome::Stopped)
                                   m_transformsAsked = {}; // they are asked for again
                               if (outcome == Outcome::Measured)
                                   m_measurements.remeasure();
                           });
}

void Analysis::measureQuantizedInputs()
{
    if (!m_session.recipe().needsCalibration()) {
        Q_EMIT m_session.message(Loudness::Info,
                                 tr("No layer is encoded by a method that needs its inputs."));
        return;
    }
    auto work = [settings = m_settings, workbench = m_session.workbench(),
                 recipe = m_session.recipe()](JobProgress& progress) {
        return workbench->calibration().measureInputs(calibrationText(settings, workbench->model()),
                                                      progress, &recipe);
    };
    m_inputsAsked = true;
    m_session.jobs().start({"inputs", tr("Inputs behind quantized layers"), JobQueue::Engine}, this,
                           std::move(work), [this](bool measured) {
                               if (!measured)
                                   return;
                               m_inputsKnown = true;
                               m_measurements.remeasure();
                               Q_EMIT m_session.message(
                                   Loudness::Info,
                                   tr("Methods now see what comes through the layers before as "
                                      "this recipe stores them. Analyse brings the original "
                                      "inputs back."));
                           });
}

void Analysis::finishAnalysis(const Fisher& fisher, const Source& source)
{
    if (fisher.windows == 0)
        return;
    showMethod(fisher, source);
    m_inputsKnown = m_inputsAsked = true;
    setFront({}); // its damages were others
    m_measurements.remeasure();
    m_transformsAsked = {}; // by other inputs and factors
    followTransforms();
    if (const auto fit = std::exchange(m_fitAfterwards, {}))
        fit();
}

void Analysis::showMethod(const Fisher& fisher, const Source& source)
{
    m_source = source;
    m_method = tr("Fisher information over %1 %2 of %3")
                   .arg(Words::count(fisher.windows),
                        QString::fromStdString(examplesOf(m_session.model().graph, fisher.context)),
                        source.textName);
    showStale();
    Q_EMIT sensitivityChanged();
}

void Analysis::showStale()
{
    m_measurements.setSource(m_method, isStale());
}

void Analysis::fit(const FitSettings& budget, const QString& measuringText)
{
    if (!measuringText.isEmpty())
        m_measuringText = std::make_unique<FileInUse>(measuringText.toStdString());
    if (m_measurements.hasSensitivity()) {
        startFit(budget, measuringText);
        return;
    }
    m_fitAfterwards = [=, this] { startFit(budget, measuringText); };
    analyse();
}

void Analysis::startFit(const FitSettings& budget, const QString& measuringText)
{
    const auto question =
        std::make_shared<const FrontQuestion>(FrontQuestion{m_session.recipe(), budget});
    auto work = [workbench = m_session.workbench(), question, settings = m_settings,
                 measuringText](JobProgress& progress) {
        FitSettings asked = question->settings;
        if (!measuringText.isEmpty())
            asked.measurement = measurement(settings, workbench->model(), measuringText);
        return workbench->fits().fit(question->start, asked, progress);
    };
    m_session.jobs().start(
        {"fit", tr("Fit"), JobQueue::Engine}, this, std::move(work),
        [this, question](const FitResult& result) { receiveFit(result, question); });
}

Analysis::FrontQuestionPointer Analysis::frontQuestion() const
{
    // Kernels would be timed, or more slots encoded by a slow method.
    const bool takesTime = m_frontQuestion && (m_frontQuestion->settings.decode ||
                                               m_frontQuestion->settings.nearBestOnly);
    return m_front.empty() || takesTime ? nullptr : m_frontQuestion;
}

void Analysis::renewFront(const FrontQuestionPointer& question, const std::vector<FitPoint>& front)
{
    if (question == frontQuestion() && !front.empty())
        setFront(front);
}

void Analysis::setFront(const std::vector<FitPoint>& front)
{
    m_front = front;
    Q_EMIT frontChanged();
}

void Analysis::dropStaleFront()
{
    if (!m_front.empty() && fitBasis(m_session.recipe(), m_session.model()) != m_frontBasis)
        setFront({});
}

void Analysis::receiveFit(const FitResult& result, const FrontQuestionPointer& question)
{
    if (!result.complete)
        return;
    if (result.recipe.slots == m_session.recipe().slots)
        Q_EMIT m_session.message(Loudness::Info,
                                 tr("The recipe is already the best one found for this budget."));
    m_session.replaceRecipe(
        result.recipe, tr("Fit to %1 bits").arg(Words::bits(result.size.bitsPerWeight())), true);
    // Of this recipe, whatever was edited while the fit ran.
    m_frontBasis = fitBasis(result.recipe, m_session.model());
    m_frontQuestion = question;
    setFront(result.front);
    m_measurements.setReasons(result.reasons);
    if (const QString running = FitWords::running(result); !running.isEmpty())
        Q_EMIT m_session.message(Loudness::Info, running);
    if (result.decode && !result.decode->notice.empty())
        Q_EMIT m_session.message(Loudness::Warning, Words::sentence(result.decode->notice));
    if (result.measured)
        Q_EMIT m_session.message(
            Loudness::Info, FitWords::measured(*result.measured, m_session.model().graph.output));
    Q_EMIT fitted();
}

void Analysis::evaluate()
{
    m_evaluationPause.stop();
    auto work = [settings = m_settings, workbench = m_session.workbench(),
                 recipe = m_session.recipe()](JobProgress& progress) {
        QElapsedTimer clock;
        clock.start();
        const EvaluationSettings text = evaluationSettings(settings, workbench->model());
        EngineUse used;
        RecipeEvaluation evaluation;
        evaluation.result = workbench->evaluations().evaluate(
            recipe.changesNetwork() ? std::optional(recipe) : std::nullopt, text, progress, used);
        evaluation.output = workbench->model().graph.output;
        evaluation.recipe = recipe;
        evaluation.textName = QString::fromStdString(text.textName);
        evaluation.textPath = settings.evaluationPath;
        evaluation.warning = warningOf(workbench->model(), text.text, text.textName);
        evaluation.engine = used;
        const Graph& graph = workbench->model().graph; // cuts sentences nowhere but at its limit
        evaluation.windows = QString::fromStdString(
            examplesOf(graph, graph.readsWholeTexts() ? 0 : text.windows.context));
        evaluation.milliseconds = clock.elapsed();
        return evaluation;
    };
    m_session.jobs().start(
        {"evaluation", tr("Evaluate"), JobQueue::Engine}, this, std::move(work),
        [this](const RecipeEvaluation& evaluation) { receiveEvaluation(evaluation); });
}

void Analysis::receiveEvaluation(const RecipeEvaluation& evaluation)
{
    Q_EMIT engineUsed(evaluation.engine);
    if (!evaluation.engine.notice.empty())
        Q_EMIT m_session.message(Loudness::Warning, Words::sentence(evaluation.engine.notice));
    if (evaluation.result.count() == 0)
        return;
    m_evaluation = evaluation;
    m_measurements.predictAnew();
    Q_EMIT evaluationChanged();
}

void Analysis::evaluateSoon()
{
    m_session.jobs().retire("evaluation");
    if (m_evaluation && m_evaluation->milliseconds < kCheapEvaluationMs)
        m_evaluationPause.start();
    else
        m_evaluationPause.stop();
    Q_EMIT evaluationChanged();
}

} // namespace bitloom
