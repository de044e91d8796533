// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/document/background_measuring.h"

#include "app/words/words.h"
#include "core/base/error.h"
#include "core/workbench/fit/fits.h"
#include "core/workbench/prediction/predictions.h"
#include "core/workbench/prediction/slot_errors.h"
#include "core/workbench/session/model_calibration.h"
#include "core/workbench/session/text_match.h"
#include "core/workbench/workbench.h"

#include <QSettings>

#include <utility>

namespace bitloom {

namespace {

constexpr auto kBackgroundTag = "background";
constexpr auto kSetting = "analysis/background";
constexpr int kMeasuringPauseMs = 2000;
/// Recipes looked at before the present one that may be worth measuring.
constexpr qsizetype kMostBefore = 8;

EvaluationSettings heldOutText(const AnalysisSettings& settings, const Model& model)
{
    const NamedText text = evaluationText(settings);
    EvaluationSettings result;
    result.text = text.text;
    result.textName = text.name.toStdString();
    result.windows.context = std::min<int64_t>(settings.context, model.graph.contextLength);
    return result;
}

} // namespace

BackgroundMeasuring::BackgroundMeasuring(Session& session, Measurements& measurements,
                                         Analysis& analysis, VisitedStates& visited,
                                         QObject* parent)
    : QObject(parent)
    , m_session(session)
    , m_measurements(measurements)
    , m_analysis(analysis)
    , m_visited(visited)
    , m_on(QSettings().value(kSetting, true).toBool())
{
    m_pause.setSingleShot(true);
    m_pause.setInterval(kMeasuringPauseMs);
    connect(&m_pause, &QTimer::timeout, this, &BackgroundMeasuring::begin);
    connect(&session, &Session::aboutToOpen, this, &BackgroundMeasuring::clear);
    connect(&session, &Session::opened, this, &BackgroundMeasuring::resumeSoon);
    connect(&session, &Session::choicesChanged, this, &BackgroundMeasuring::resumeSoon);
    connect(&analysis, &Analysis::settingsChanged, this, &BackgroundMeasuring::forgetMeasurer);
    connect(&analysis, &Analysis::sensitivityChanged, this, &BackgroundMeasuring::forgetMeasurer);
    Jobs& jobs = session.jobs();
    connect(&jobs, &Jobs::allCancelled, this, [this] {
        m_stopped = m_stopped || m_session.jobs().isRunning(kBackgroundTag);
        Q_EMIT stateChanged();
    });
    connect(&jobs, &Jobs::started, this, [this](const QString& tag) {
        if (tag != kBackgroundTag)
            yield();
    });
    connect(&jobs, &Jobs::finished, this, [this](const QString& tag) {
        if (tag == kBackgroundTag)
            showActivity({}); // and why it ended
        if (!m_session.jobs().isBusy())
            m_pause.start();
    });
    connect(&jobs, &Jobs::failedInBackground, this,
            [this](const QString& tag, const QString& sentence) {
                if (tag != kBackgroundTag)
                    return;
                m_problem = sentence;
                m_finished = true; // it would fail again
            });
}

void BackgroundMeasuring::setOn(bool on)
{
    m_on = on;
    QSettings().setValue(kSetting, on);
    if (on)
        resumeSoon();
    else
        yield();
    Q_EMIT stateChanged();
}

void BackgroundMeasuring::clear()
{
    m_points.clear();
    forgetMeasurer();
    Q_EMIT pointsChanged();
}

void BackgroundMeasuring::forgetMeasurer()
{
    m_measurer.reset();
    m_problem.clear();
    resumeSoon();
}

void BackgroundMeasuring::yield()
{
    m_pause.stop();
    m_session.jobs().cancel(kBackgroundTag);
}

void BackgroundMeasuring::resumeSoon()
{
    m_session.jobs().retire(kBackgroundTag); // what it would say is of what was before
    m_stopped = m_finished = false;
    m_pause.start();
    Q_EMIT stateChanged();
}

QString BackgroundMeasuring::textPath() const
{
    QString chosen = m_analysis.settings().evaluationPath;
    if (chosen.isEmpty() && m_session.modelPath() == "sample")
        return QString::fromStdString(bundledText("evaluation.txt"));
    return chosen;
}

QString BackgroundMeasuring::obstacle() const
{
    if (!m_session.isOpen())
        return tr("Open a model first.");
    if (!m_session.model().runnable())
        return Words::sentence(m_session.model().missing);
    if (!m_on)
        return tr("Switched off: Analyse, Measure in the background.");
    if (!m_measurements.hasSensitivity() || m_analysis.method().isEmpty())
        return tr(
            "After Analyse, layers are measured in the background, the most uncertain first.");
    return {};
}

QString BackgroundMeasuring::measuringObstacle() const
{
    if (QString why = obstacle(); !why.isEmpty())
        return why;
    if (textPath().isEmpty())
        return tr("Nothing is measured in the background: choose an evaluation text that the "
                  "calibration did not see.");
    return m_problem;
}

QString BackgroundMeasuring::state() const
{
    if (QString why = obstacle(); !why.isEmpty())
        return why;
    if (!m_activity.isEmpty())
        return m_activity + tr("…");
    if (QString why = measuringObstacle(); !why.isEmpty())
        return why;
    if (m_stopped)
        return tr("Stopped; goes on after the next edit.");
    return m_finished ? tr("Nothing left to measure that would make this recipe surer.")
                      : tr("Goes on when nothing else runs.");
}

void BackgroundMeasuring::begin()
{
    Jobs& jobs = m_session.jobs();
    if (m_stopped || m_finished || jobs.isBusy() || jobs.isRunning(kBackgroundTag) ||
        !obstacle().isEmpty())
        return;
    const bool runsMeasurer = measuringObstacle().isEmpty();
    auto work = [this, runsMeasurer, workbench = m_session.workbench(),
                 settings = m_analysis.settings(), before = recipesBefore(),
                 recipe = m_session.recipe(), front = m_analysis.frontQuestion(),
                 measurer = m_measurer](JobProgress& progress) mutable {
        assertNotGuiThread("measuring in the background");
        const std::shared_ptr<Workbench> shared = workbench.shared();
        const Model& model = shared->model();
        if (!lookAhead(*shared, recipe, Offers::keyed(model, recipe), progress))
            return false;
        if (runsMeasurer && !measurer) {
            measurer = std::make_shared<BackgroundMeasurer>(predictionsOf(shared),
                                                            heldOutText(settings, model));
            progress.show([this, measurer] { m_measurer = measurer; });
        }
        if (runsMeasurer && !runMeasurer(shared, *measurer, recipe, before, front, progress))
            return false;
        return lookAhead(*shared, recipe, Offers::shown(model, recipe), progress);
    };
    JobInfo info{kBackgroundTag, {}, JobQueue::Idle};
    info.inBackground = true;
    jobs.start(info, this, std::move(work), [this](bool nothingLeft) { finish(nothingLeft); });
}

std::vector<Recipe> BackgroundMeasuring::recipesBefore() const
{
    std::vector<Recipe> before;
    const QList<VisitedStates::State>& states = m_visited.states();
    for (qsizetype i = std::max<qsizetype>(0, states.size() - kMostBefore); i < states.size(); ++i)
        if (states[i].recipe != m_session.recipe())
            before.push_back(states[i].recipe);
    return before;
}

bool BackgroundMeasuring::lookAhead(Workbench& workbench, const Recipe& recipe,
                                    const Offers::Choices& choices, JobProgress& progress)
{
    tell(progress, tr("Preparing the next edits"));
    for (const auto& [slot, choice] : choices) {
        if (progress.stopRequested())
            return false;
        if (workbench.calibration().canEncode(recipe))
            workbench.slotErrors().slotError(slot, choice, false, progress, recipe.transforms);
    }
    return !progress.stopRequested();
}

bool BackgroundMeasuring::runMeasurer(const std::shared_ptr<Workbench>& workbench,
                                      BackgroundMeasurer& measurer, const Recipe& recipe,
                                      const std::vector<Recipe>& before,
                                      const Analysis::FrontQuestionPointer& front,
                                      JobProgress& progress)
{
    for (;;) {
        const std::vector<CandidateTrial> plan = measurer.plan(recipe, before, progress);
        if (progress.stopRequested())
            return false;
        if (plan.empty())
            return true;
        tell(progress,
             tr("Measuring %1").arg(QString::fromStdString(measurer.describe(plan.front()))));
        if (!measurer.measure(plan.front(), progress))
            return false;
        const auto prediction = workbench->predictions().prediction(recipe, progress);
        const std::vector<TrialPoint> points = workbench->predictions().trialPoints(progress);
        const FitResult anew =
            front ? workbench->fits().fit(front->start, front->settings, progress) : FitResult();
        if (progress.stopRequested())
            return false;
        progress.show([=, this] {
            receive(recipe, prediction, points);
            if (front)
                m_analysis.renewFront(front, anew.front);
        });
    }
}

void BackgroundMeasuring::tell(JobProgress& progress, const QString& what)
{
    progress.show([this, what] { showActivity(what); });
}

void BackgroundMeasuring::finish(bool nothingLeft)
{
    m_finished = nothingLeft;
    Q_EMIT stateChanged();
}

void BackgroundMeasuring::showActivity(const QString& what)
{
    m_activity = what;
    Q_EMIT activityChanged();
    Q_EMIT stateChanged();
}

void BackgroundMeasuring::receive(const Recipe& recipe, const std::optional<Prediction>& prediction,
                                  const std::vector<TrialPoint>& points)
{
    m_points = points;
    if (prediction)
        m_measurements.setPrediction(recipe, *prediction);
    Q_EMIT pointsChanged();
}

} // namespace bitloom
