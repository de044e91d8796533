// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/window/documents.h"

#include "app/dialogs/export_dialog.h"
#include "app/dialogs/recent_files.h"
#include "app/dialogs/save_content.h"
#include "app/panels/report_job.h"
#include "app/words/offered_names.h"
#include "app/words/words.h"

#include <QFileInfo>
#include <QMessageBox>

#include <utility>

namespace bitloom {

namespace {

/// A folder's config or index stands for the folder.
QString modelOf(const QString& path)
{
    const QFileInfo file(path);
    return file.suffix() == "json" ? file.path() : path;
}

} // namespace

Documents::Documents(ApplicationContext& context, QWidget* window)
    : QObject(window)
    , m_context(context)
    , m_window(window)
{
    connect(&context.session, &Session::opened, this, [this] {
        addRecentFile(m_context.session.modelPath(),
                      QString::fromStdString(m_context.session.model().name));
        Q_EMIT recentChanged();
    });
    connect(&context.session, &Session::saved, this, [this] {
        if (const auto then = std::exchange(m_afterSaving, nullptr))
            then();
    });
    connect(&context.session, &Session::openRequested, this, &Documents::openModel);
    // What waited for a save that never came must not happen after a later one.
    connect(&context.session, &Session::aboutToOpen, this, [this] { m_afterSaving = nullptr; });
    connect(&context.session.jobs(), &Jobs::failed, this, [this](const QString& tag) {
        if (tag == "save")
            m_afterSaving = nullptr;
    });
}

QString Documents::offeredName(const char* ending) const
{
    return offeredStem(m_context.session.model(), m_context.session.recipe()) + ending;
}

std::function<void(const QString&)>
Documents::ofThisModel(const std::function<void(const QString&)>& use)
{
    return [this, of = m_context.session.sharedModel(), use](const QString& answer) {
        if (of == m_context.session.sharedModel())
            use(answer);
        else
            Q_EMIT m_context.session.message(
                Loudness::Warning, tr("Nothing was done: another model was opened meanwhile."));
    };
}

void Documents::openModel(const QString& path)
{
    afterSaving([this, path] { m_context.session.open(modelOf(path)); });
}

void Documents::askForModelFile()
{
    askForFile(
        m_window, tr("Open model"), QFileDialog::AcceptOpen, {},
        tr("Models (*.gguf *.safetensors config.json *.index.json);;All files (*)"),
        [this](const QString& path) { openModel(path); }, FilePurpose::Model);
}

void Documents::askForModelFolder()
{
    askForFolder(m_window, tr("Open model folder"),
                 [this](const QString& path) { openModel(path); });
}

void Documents::askForRecipe()
{
    askForFile(m_window, tr("Open recipe"), QFileDialog::AcceptOpen, {},
               tr("Recipes (*.json);;All files (*)"),
               ofThisModel([this](const QString& path) { m_context.session.openRecipe(path); }),
               FilePurpose::Recipe);
}

void Documents::saveRecipe()
{
    m_afterSaving = nullptr; // of an earlier question, whose file was never chosen
    if (m_context.session.recipePath().isEmpty())
        saveRecipeAs();
    else
        m_context.session.saveRecipe(m_context.session.recipePath());
}

void Documents::saveRecipeAs()
{
    m_afterSaving = nullptr; // the same
    const QString name = offeredName("-recipe.json");
    askForFile(m_window, tr("Save recipe"), QFileDialog::AcceptSave, name, tr("Recipes (*.json)"),
               ofThisModel([this](const QString& path) { m_context.session.saveRecipe(path); }),
               FilePurpose::Recipe);
}

void Documents::exportModel()
{
    auto* dialog = new ExportDialog(m_context, m_window);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->open();
}

void Documents::saveReport()
{
    const QString name = offeredName("-report.html");
    askForFile(m_window, tr("Save report"), QFileDialog::AcceptSave, name, tr("Reports (*.html)"),
               ofThisModel([this](const QString& path) {
                   startReport(m_context, path.toStdString(), this, [this, path](bool written) {
                       if (written)
                           Q_EMIT m_context.session.message(
                               Loudness::Info, tr("%1 was written.").arg(Words::fileTitle(path)));
                   });
               }),
               FilePurpose::Report);
}

void Documents::afterSaving(const std::function<void()>& then)
{
    Session& session = m_context.session;
    if (!session.isOpen() || session.isSaved()) {
        then();
        return;
    }
    auto* box =
        new QMessageBox(QMessageBox::Question, tr("Unsaved recipe"),
                        tr("The recipe for %1 has changes that are not saved.")
                            .arg(QString::fromStdString(session.model().name)),
                        QMessageBox::Save | QMessageBox::Discard | QMessageBox::Cancel, m_window);
    box->setObjectName("unsavedBox");
    box->setAttribute(Qt::WA_DeleteOnClose);
    connect(&session, &Session::aboutToOpen, box, &QMessageBox::reject);
    connect(box, &QMessageBox::finished, this, [this, then](int answer) {
        if (answer == QMessageBox::Save) {
            saveRecipe();
            m_afterSaving = then;
        } else if (answer == QMessageBox::Discard) {
            m_context.session.leaveRecipe();
            then();
        }
    });
    box->open();
}

void Documents::clearRecent()
{
    clearRecentFiles();
    Q_EMIT recentChanged();
}

void Documents::openDropped(const QString& path)
{
    const bool isRecipe =
        path.endsWith(".json") && !path.endsWith("config.json") && !path.endsWith(".index.json");
    if (isRecipe && m_context.session.isOpen())
        m_context.session.openRecipe(path);
    else
        openModel(path);
}

} // namespace bitloom
