// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/document/session.h"

#include "app/document/autosave.h"
#include "app/engines/engines.h"
#include "app/words/words.h"
#include "core/base/error.h"
#include "core/files/formats/writers.h"
#include "core/workbench/session/model_calibration.h"
#include "core/workbench/settings/recipe_file.h"
#include "core/workbench/workbench.h"

#include <QFile>

#include <utility>

namespace bitloom {

struct Session::Opened {
    std::shared_ptr<Workbench> workbench;
    QString path;
    Recipe recipe;
    MemoryEstimate memory;
    qint64 available = 0;
    std::shared_ptr<AutosaveFile> autosave;
    QString misfit; ///< why what the last session left is not restored; empty: it can be
};

namespace {

constexpr int kAutosaveAfterMs = 1000;

/// Memory the system can still give, bytes; 0: unknown.
qint64 availableMemory()
{
    QFile file("/proc/meminfo");
    if (!file.open(QIODevice::ReadOnly))
        return 0;
    const QList<QByteArray> lines = file.readAll().split('\n');
    for (const QByteArray& line : lines) {
        if (line.startsWith("MemAvailable:"))
            return line.mid(13).trimmed().split(' ').first().toLongLong() * 1024;
    }
    return 0;
}

Recipe emptyRecipe(const Model& model)
{
    Recipe recipe;
    recipe.modelName = model.name;
    recipe.modelIdentity = model.identity;
    recipe.target = defaultTarget(model).id;
    return recipe;
}

/// A recipe that no longer fits its model is kept where this session does not overwrite it; returns
/// what is to be said of that, empty where nothing is.
QString setAsideMisfit(AutosaveFile& file, const Model& model)
{
    const std::string problem = file.left() ? recipeProblem(file.left()->recipe, model) : "";
    if (problem.empty())
        return {};
    return Session::tr("The unsaved recipe of the last session cannot be restored; it is kept as "
                       "%1. %2")
        .arg(file.setAside(), Words::sentence(problem));
}

} // namespace

Session::Session(EngineFactory engines, QObject* parent)
    : QObject(parent)
    , m_engines(std::move(engines))
{
    m_autosave.setSingleShot(true);
    m_autosave.setInterval(kAutosaveAfterMs);
    connect(&m_autosave, &QTimer::timeout, this, &Session::autosave);
    connect(&m_undo, &QUndoStack::cleanChanged, this, &Session::fileChanged);
    connect(&m_jobs, &Jobs::failed, this, [this](const QString& tag, const QString& sentence) {
        Q_EMIT message(Loudness::Error, sentence, {}, {}, tag);
    });
    connect(&m_jobs, &Jobs::finished, this, [this](const QString& tag) {
        if (tag == "open" && std::exchange(m_opening, false))
            Q_EMIT openFailed();
    });
    connect(&m_jobs, &Jobs::succeeded, this, &Session::resolved);
}

Session::~Session()
{
    m_jobs.disconnect(this);
    m_undo.disconnect(this);
}

const SlotChoice& Session::choice(int slot) const
{
    return m_recipe.choice(m_model->graph.slot(slot).name);
}

void Session::open(const QString& path)
{
    auto work = [engines = m_engines, path](JobProgress& progress) -> std::optional<Opened> {
        assertNotGuiThread("opening a model");
        progress.report(0, "");
        Opened opened;
        opened.workbench = Workbench::open(path.toStdString(), engines, engineMemory());
        if (progress.stopRequested())
            return std::nullopt;
        opened.path = path;
        const Model& model = opened.workbench->model();
        opened.recipe = emptyRecipe(model);
        opened.memory = estimateMemory(model, opened.recipe);
        opened.available = availableMemory();
        opened.autosave = AutosaveFile::ofModel(model.identity);
        opened.misfit = setAsideMisfit(*opened.autosave, model);
        return opened;
    };
    JobInfo info{"open", tr("Opening %1").arg(Words::modelTitle(path))};
    info.allOrNothing = true;
    m_opening = true;
    m_jobs.start(
        info, this, std::move(work),
        [this, left = std::exchange(m_leftRecipe, {})](const std::optional<Opened>& opened) {
            if (opened)
                adopt(*opened, left);
        });
}

void Session::adopt(const Opened& opened, const std::optional<Recipe>& leftRecipe)
{
    letGo(leftRecipe);
    Opened taken = opened; // what follows cannot fail half way
    m_model = taken.workbench->sharedModel();
    m_workbench = WorkerOnly<Workbench>(std::move(taken.workbench));
    m_opening = false;
    m_modelPath = std::move(taken.path);
    m_memory = taken.memory;
    m_recipe = std::move(taken.recipe);
    m_autosaveFile = std::move(taken.autosave);
    m_recipePath.clear();
    m_changedByFit.clear();
    m_restored = false;
    m_undo.clear(); // its commands hold slots of the model before
    Q_EMIT this->opened();
    Q_EMIT fileChanged();
    if (!m_model->missing.empty())
        Q_EMIT message(Loudness::Warning, Words::sentence(m_model->missing));
    if (!m_model->notice.empty())
        Q_EMIT message(Loudness::Warning, Words::sentence(m_model->notice));
    warnAboutMemory(opened.available);
    if (!opened.misfit.isEmpty())
        Q_EMIT message(Loudness::Warning, opened.misfit);
    if (m_autosaveFile->left())
        restore(m_autosaveFile->left()->recipe);
}

void Session::letGo(const std::optional<Recipe>& leftRecipe)
{
    if (!isOpen())
        return;
    const bool unsaved = !isSaved() && leftRecipe != m_recipe;
    sayWhatStops();
    m_jobs.retireAll();
    Q_EMIT aboutToOpen();
    m_jobs.retireAll(); // also what letting go started
    m_autosave.stop();
    if (!unsaved)
        return forgetAutosave();
    autosave();
    Q_EMIT message(Loudness::Warning,
                   tr("The recipe of %1 was changed while another model was being read; opening "
                      "%1 again restores it.")
                       .arg(QString::fromStdString(m_model->name)));
}

/// What is written for the model that goes, and is not done.
void Session::sayWhatStops()
{
    for (const auto& [tag, what] :
         {std::pair("export", tr("The export")), std::pair("report", tr("The report"))})
        if (m_jobs.isRunning(tag))
            Q_EMIT message(Loudness::Warning,
                           tr("%1 was stopped: another model was opened.").arg(what));
}

void Session::warnAboutMemory(qint64 available)
{
    if (available > 0 && m_memory.total() > available)
        Q_EMIT message(Loudness::Warning,
                       tr("Running %1 needs about %2 of memory; %3 are free.")
                           .arg(QString::fromStdString(m_model->name),
                                Words::bytes(m_memory.total()), Words::bytes(available)));
}

void Session::restore(const Recipe& recipe)
{
    if (recipe == m_recipe)
        return forgetAutosave();
    apply(editTo(recipe));
    m_restored = true;
    Q_EMIT fileChanged();
    Q_EMIT message(
        Loudness::Question, tr("The unsaved recipe of the last session was restored."),
        tr("Discard it"), [this] { discardRestored(); }, kAboutDocument);
}

/// What is left is as in a model just opened: nothing to save. Undo brings back what is.
void Session::discardRestored()
{
    takeRecipe(emptyRecipe(*m_model), tr("Discard the restored recipe"));
    markSaved();
    Q_EMIT fileChanged();
}

void Session::markSaved()
{
    m_restored = false;
    m_undo.setClean();
    forgetAutosave();
}

QString Session::aboutRestoring(const std::string& identity)
{
    return "restore " + QString::fromStdString(identity);
}

void Session::offerRestore()
{
    m_jobs.start(
        {"restore", {}, JobQueue::Quick}, this, [](JobProgress&) { return Autosave::newest(); },
        [this](const std::optional<Autosave>& autosave) {
            if (!autosave || (isOpen() && m_model->identity == autosave->recipe.modelIdentity))
                return;
            Q_EMIT message(
                Loudness::Question,
                tr("The last session ended before its recipe for %1 was saved.")
                    .arg(Words::modelTitle(autosave->modelPath)),
                tr("Restore"), [this, path = autosave->modelPath] { Q_EMIT openRequested(path); },
                aboutRestoring(autosave->recipe.modelIdentity));
        });
}

void Session::saveRecipe(const QString& path)
{
    auto work = [path, workbench = m_workbench, recipe = m_recipe](JobProgress&) {
        assertNotGuiThread("writing a recipe");
        writeTextFile(path.toStdString(), workbench->calibration().calibrated(recipe).toJson());
        return true;
    };
    m_jobs.start({"save", tr("Saving"), JobQueue::Quick, true}, this, std::move(work),
                 [this, path, saved = m_recipe](bool) {
                     m_recipePath = path;
                     if (saved == m_recipe)
                         markSaved();
                     Q_EMIT fileChanged();
                     Q_EMIT this->saved();
                 });
}

void Session::openRecipe(const QString& path)
{
    auto work = [path](JobProgress&) {
        assertNotGuiThread("reading a recipe");
        return readRecipeFile(path.toStdString());
    };
    JobInfo info{"recipe", tr("Opening %1").arg(Words::fileTitle(path))};
    info.allOrNothing = true;
    m_jobs.start(info, this, std::move(work),
                 [this, path](const Recipe& recipe) { receiveRecipe(recipe, path); });
}

void Session::receiveRecipe(const Recipe& recipe, const QString& path)
{
    if (const std::string problem = recipeProblem(recipe, *m_model); !problem.empty())
        throw Error("recipe", problem);
    if (recipe.modelIdentity.empty() || recipe.modelIdentity == m_model->identity) {
        adoptRecipe(recipe, path);
        return;
    }
    Q_EMIT message(
        Loudness::Warning,
        tr("%1 belongs to another model (%2), not to %3.")
            .arg(Words::fileTitle(path), QString::fromStdString(recipe.modelName),
                 QString::fromStdString(m_model->name)),
        tr("Use it all the same"),
        [this, recipe] { takeRecipe(recipe, tr("Use another model's recipe")); }, kAboutDocument);
}

void Session::takeRecipe(const Recipe& recipe, const QString& title)
{
    replaceRecipe(recipe, title, false);
    Q_EMIT recipeTaken();
}

void Session::adoptRecipe(const Recipe& recipe, const QString& path)
{
    takeRecipe(recipe, tr("Open %1").arg(Words::fileTitle(path)));
    m_recipePath = path;
    markSaved();
    Q_EMIT fileChanged();
}

void Session::autosave()
{
    if (!isOpen())
        return;
    if (isSaved()) // by undo, say: one written before must not come back
        return forgetAutosave();
    m_jobs.start(
        {"autosave", {}, JobQueue::Quick, true}, this,
        [file = m_autosaveFile, copy = Autosave{m_modelPath, m_recipe}](JobProgress&) {
            file->write(copy);
            return true;
        },
        [](bool) {});
}

void Session::forgetAutosave()
{
    if (!isOpen())
        return;
    m_autosave.stop();
    m_jobs.start(
        {"autosave", {}, JobQueue::Quick, true}, this,
        [file = m_autosaveFile](JobProgress&) {
            file->remove();
            return true;
        },
        [](bool) {});
}

} // namespace bitloom
