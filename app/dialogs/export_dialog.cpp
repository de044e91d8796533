// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/dialogs/export_dialog.h"

#include "app/dialogs/confirm_output.h"
#include "app/dialogs/export_summary.h"
#include "app/dialogs/save_content.h"
#include "app/words/offered_names.h"
#include "app/words/words.h"
#include "core/workbench/evaluation/exports.h"
#include "core/workbench/workbench.h"

#include <QComboBox>
#include <QDir>
#include <QFileInfo>
#include <QFormLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QProgressBar>
#include <QPushButton>
#include <QSettings>
#include <QTableWidget>
#include <QVBoxLayout>

#include <algorithm>
#include <utility>

namespace bitloom {

namespace {

template <class Widget>
Widget* named(Widget* widget, const QString& name, const QString& accessibleName)
{
    widget->setObjectName(name);
    widget->setAccessibleName(accessibleName);
    return widget;
}

} // namespace

QString exportFormat(const Recipe& recipe)
{
    return QString::fromStdString(targetNamed(recipe.target).id);
}

void startExport(Session& session, const QString& format, const OutputFile& file, QObject* receiver,
                 const std::function<void(const ExportReport&)>& done)
{
    auto work = [workbench = session.workbench(), recipe = session.recipe(),
                 format = format.toStdString(), file](JobProgress& progress) {
        return workbench->exports().exportModel(recipe, format, file, progress);
    };
    session.jobs().start({"export", ExportDialog::tr("Export"), JobQueue::Engine}, receiver,
                         std::move(work), done);
}

ExportDialog::ExportDialog(ApplicationContext& context, QWidget* parent)
    : QDialog(parent)
    , m_context(context)
{
    setObjectName("exportDialog");
    setWindowTitle(tr("Export"));
    resize(640, 480);
    buildForm();
    m_format->setCurrentIndex(m_format->findData(exportFormat(context.session.recipe())));
    formatChanged();
    connect(&context.session, &Session::aboutToOpen, this, [this] { done(Rejected); });
    connect(&context.session, &Session::choicesChanged, this, &ExportDialog::recipeChanged);
    connect(&context.session, &Session::targetChanged, this, &ExportDialog::recipeChanged);
    Jobs& jobs = context.session.jobs();
    connect(&jobs, &Jobs::activityChanged, this, &ExportDialog::showProgress);
    connect(&jobs, &Jobs::failed, this, [this](const QString& tag, const QString& sentence) {
        if (tag == "export")
            m_state->setText(sentence);
    });
    connect(&jobs, &Jobs::finished, this, [this](const QString& tag) {
        if (tag != "export")
            return;
        setRunning(false);
        if (std::exchange(m_changedMeanwhile, false))
            recipeChanged();
    });
}

void ExportDialog::buildForm()
{
    m_format = named(new QComboBox, "exportFormat", tr("Format"));
    for (const Target& target : targets())
        m_format->addItem(QString::fromStdString(target.fileTitle),
                          QString::fromStdString(target.id));
    m_path = named(new QLineEdit, "exportPath", tr("File"));
    m_browse = named(new QPushButton(tr("&Browse…")), "exportBrowse", tr("Browse"));
    m_size = named(new QLabel, "exportSize", tr("Size of the file"));
    m_size->setWordWrap(true);
    m_size->setMinimumHeight(2 * fontMetrics().lineSpacing()); // whatever it says, nothing moves
    m_progress = named(new QProgressBar, "exportProgress", tr("Progress of the export"));
    m_progress->setRange(0, 1000);
    m_progress->hide();
    m_state = named(new QLabel, "exportState", tr("State of the export"));
    m_state->setWordWrap(true);
    m_state->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_export = named(new QPushButton(tr("&Export")), "exportButton", tr("Export"));
    m_export->setDefault(true);
    m_close = named(new QPushButton(tr("Close")), "exportClose", tr("Close"));
    m_table = named(ExportSummary::makeTable(), "exportTable", tr("What will be written"));

    auto* form = new QFormLayout;
    form->addRow(tr("&Format"), m_format);
    auto* pathRow = new QHBoxLayout;
    pathRow->addWidget(m_path, 1);
    pathRow->addWidget(m_browse);
    form->addRow(tr("File"), pathRow);
    auto* buttons = new QHBoxLayout;
    buttons->addWidget(m_progress, 1);
    buttons->addStretch();
    buttons->addWidget(m_close);
    buttons->addWidget(m_export);
    auto* layout = new QVBoxLayout(this);
    layout->addLayout(form);
    layout->addWidget(m_table, 1);
    layout->addWidget(m_size);
    layout->addWidget(m_state);
    layout->addLayout(buttons);

    connect(m_format, &QComboBox::currentIndexChanged, this, &ExportDialog::formatChanged);
    connect(m_path, &QLineEdit::textChanged, this, [this] { setRunning(m_running); });
    connect(m_browse, &QPushButton::clicked, this, &ExportDialog::browse);
    connect(m_export, &QPushButton::clicked, this, &ExportDialog::start);
    connect(m_close, &QPushButton::clicked, this, &ExportDialog::reject);
}

void ExportDialog::measure()
{
    m_table->setRowCount(0);
    m_size->setText(tr("Counting what will be written…"));
    if (!m_problem.isEmpty()) {
        m_size->clear();
        return;
    }
    const std::string format = m_format->currentData().toString().toStdString();
    m_context.session.jobs().start(
        {"exportSizes", {}, JobQueue::Quick}, this,
        [model = m_context.session.sharedModel(), recipe = m_context.session.recipe(),
         format](JobProgress&) { return writtenSizes(*model, recipe, format); },
        [this, format](const WrittenSizes& sizes) {
            const Model& model = m_context.session.model();
            ExportSummary::fill(*m_table, model, m_context.session.recipe(), sizes);
            m_size->setText(ExportSummary::sizeText(model, targetNamed(format), sizes));
        });
}

QString ExportDialog::problem() const
{
    Recipe recipe = m_context.session.recipe();
    recipe.target = m_format->currentData().toString().toStdString();
    const Model& model = m_context.session.model();
    const std::string problem = targetNamed(recipe.target).problem(model);
    return QString::fromStdString(problem.empty() ? exportProblem(model, recipe, recipe.target)
                                                  : problem);
}

void ExportDialog::formatChanged()
{
    m_problem = problem();
    m_state->setText(m_problem);
    recipeChanged();
}

/// What runs writes the recipe it began with; what is shown follows when it has ended.
void ExportDialog::recipeChanged()
{
    m_changedMeanwhile = m_running;
    if (m_running)
        return;
    offerPath();
    if (const QString now = problem(); now != std::exchange(m_problem, now))
        m_state->setText(now);
    measure();
    setRunning(false);
}

/// What the user typed keeps its name; only the ending follows the format.
void ExportDialog::offerPath()
{
    const QString ending = '.' + m_format->currentData().toString();
    const QString current = m_path->text();
    if (current == m_offered) {
        const Session& session = m_context.session;
        m_offered = freeFile(QSettings().value("files/exportFolder", QDir::homePath()).toString(),
                             offeredStem(session.model(), session.recipe()) + ending);
        m_path->setText(m_offered);
    } else if (const QString known = '.' + QFileInfo(current).suffix();
               m_format->findData(known.mid(1)) >= 0) {
        m_path->setText(current.chopped(known.size()) + ending);
    }
}

void ExportDialog::browse()
{
    askForFile(
        this, tr("Export to"), QFileDialog::AcceptSave, m_path->text(), {},
        [this](const QString& path) { m_path->setText(path); }, FilePurpose::Export,
        AskToReplace::No);
}

void ExportDialog::start()
{
    const QString path = m_path->text();
    const bool isThere = QFileInfo::exists(path);
    confirmOutput(
        this, path,
        [this, path, isThere] {
            write({path.toStdString(), isThere});
        },
        [] {});
}

void ExportDialog::write(const OutputFile& file)
{
    const QString path = QString::fromStdString(file.path);
    QSettings().setValue("files/exportFolder", QFileInfo(path).path());
    m_writing = path;
    m_state->setText(tr("Writing %1").arg(path));
    m_progress->setValue(0);
    setRunning(true);
    startExport(m_context.session, m_format->currentData().toString(), file, this,
                [this](const ExportReport& report) { finished(report); });
}

void ExportDialog::showProgress()
{
    if (!m_running)
        return;
    const QList<Jobs::Entry> entries = m_context.session.jobs().entries();
    for (const Jobs::Entry& entry : entries) {
        if (entry.tag != "export" || entry.state == Jobs::Entry::Stopping)
            continue;
        const bool waits = entry.state == Jobs::Entry::Waiting;
        m_state->setText(waits ? tr("Waits for what runs before it, then writes %1").arg(m_writing)
                               : tr("Writing %1").arg(m_writing));
        m_progress->setValue(static_cast<int>(1000 * std::max(0.0, entry.fraction)));
    }
}

void ExportDialog::finished(const ExportReport& report)
{
    QStringList leftOut;
    for (const std::string& sentence : report.leftOut)
        leftOut.append(QString::fromStdString(sentence));
    m_state->setText(
        report.complete
            ? tr("Exported: %1 (%2). Read back: %n tensors equal what was shown, bit for bit.",
                 nullptr, static_cast<int>(report.tensorsVerified))
                      .arg(QString::fromStdString(report.path), Words::bytes(report.bytes)) +
                  (leftOut.isEmpty() ? QString() : '\n' + leftOut.join('\n'))
            : tr("Stopped; nothing was written."));
    m_progress->setValue(report.complete ? 1000 : 0);
}

void ExportDialog::setRunning(bool running)
{
    m_running = running;
    m_progress->setVisible(running || m_progress->value() == 1000);
    m_format->setEnabled(!running);
    m_path->setEnabled(!running);
    m_browse->setEnabled(!running);
    m_export->setEnabled(!running && !m_path->text().isEmpty() && m_problem.isEmpty());
    m_close->setText(running ? tr("Stop") : tr("Close"));
}

void ExportDialog::reject()
{
    if (m_running)
        m_context.session.jobs().cancel("export");
    else
        QDialog::reject();
}

} // namespace bitloom
