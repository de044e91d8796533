// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/window/unattended.h"

#include "app/dialogs/export_dialog.h"
#include "app/dialogs/theme.h"
#include "app/document/evaluation_rows.h"
#include "app/panels/report_job.h"
#include "app/window/documents.h"
#include "app/words/widget_headers.h"
#include "app/words/words.h"
#include "core/base/error.h"
#include "core/files/formats/writers.h"
#include "core/files/io/file_stamp.h"

#include <QBuffer>
#include <QDir>
#include <QPixmap>
#include <QPushButton>
#include <QTextStream>

#include <algorithm>

namespace bitloom {

namespace {

constexpr int kPollMs = 40;
constexpr int kQuietPolls = 4;
constexpr double kBudgetBits = 4.5;
constexpr QSize kPictureSize(1500, 900);
constexpr const char* kReport = "report.html";
constexpr const char* kPicture = "window.png";
constexpr const char* kDarkPicture = "window_dark.png";

void say(const QString& line)
{
    QTextStream(stdout) << line << Qt::endl;
}

} // namespace

Unattended::Unattended(MainWindow& window, const QString& model, const QString& folder,
                       bool replaces)
    : m_window(window)
    , m_model(model)
    , m_folder(QDir(folder).absolutePath())
    , m_replaces(replaces)
{
    m_window.resize(kPictureSize); // there is no screen to say another
    Analysis& analysis = m_window.context().analysis;
    m_steps = {
        {tr("Opening %1").arg(model), [this] { m_window.documents().openModel(m_model); }},
        {tr("Looking at %1").arg(m_folder), [this] { checkFiles(); }},
        {tr("Analysing"), [&analysis] { analysis.analyse(); }},
        {tr("Looking at a layer"), [this] { chooseLayer(); }},
        {tr("Fitting %1 bits per weight").arg(kBudgetBits), [this] { fit(); }},
        {tr("Evaluating quantized against original"), [&analysis] { analysis.evaluate(); }},
        {tr("Comparing original and quantized"), [this] { compare(); }},
        {tr("Exporting and reading back"), [this] { exportFile(); }},
        {tr("Writing the report"), [this] { writeReport(); }},
        {tr("Taking a picture"), [this] { writePicture(kPicture); }},
        {tr("Turning the light off"), [] { applyTheme("dark"); }},
        {tr("Taking another picture"), [this] { writePicture(kDarkPicture); }},
    };
    connect(&m_window.context().session, &Session::message, this,
            [this](Loudness loudness, const QString& sentence) {
                say("  " + sentence);
                m_failed = m_failed || loudness == Loudness::Error;
            });
    m_poll.setInterval(kPollMs);
    connect(&m_poll, &QTimer::timeout, this, &Unattended::advance);
    m_poll.start();
}

QString Unattended::path(const QString& name) const
{
    return m_folder + '/' + name;
}

OutputFile Unattended::file(const QString& name) const
{
    return {path(name).toStdString(), m_replaces};
}

QString Unattended::modelName() const
{
    return "model." + exportFormat(m_window.context().session.recipe());
}

void Unattended::checkFiles()
{
    QDir().mkpath(m_folder);
    m_window.context().session.jobs().perform("write", [this] {
        for (const QString& name :
             {modelName(), QString(kReport), QString(kPicture), QString(kDarkPicture)}) {
            const OutputFile output = file(name);
            if (!m_replaces && stampOf(output.path))
                throw Error("write", output.path + " is already there; --force replaces it");
            requireWritable(output);
        }
    });
}

void Unattended::advance()
{
    m_quietPolls = m_window.context().session.jobs().isBusy() ? 0 : m_quietPolls + 1;
    if (m_quietPolls < kQuietPolls)
        return;
    m_quietPolls = 0;
    if (m_steps.isEmpty() || m_failed) {
        m_poll.stop();
        if (!m_failed)
            printResults();
        m_window.context().session.forgetAutosave();
        Q_EMIT finished();
        return;
    }
    const auto [title, step] = m_steps.takeFirst();
    say(title + "…");
    step();
}

void Unattended::chooseLayer()
{
    const ApplicationContext& context = m_window.context();
    const std::vector<Slot>& all = context.session.model().graph.slots;
    const auto found = std::find_if(all.begin(), all.end(), [](const Slot& slot) {
        return slot.role == Role::FeedForwardDown && slot.block >= 0;
    });
    if (found != all.end())
        m_window.context().select({static_cast<int>(found - all.begin())});
}

void Unattended::fit()
{
    FitSettings budget;
    budget.bitsPerWeight = kBudgetBits;
    m_window.context().analysis.fit(budget);
}

void Unattended::compare()
{
    Q_EMIT static_cast<ComparePane*>(m_window.dock("compare")->widget())->runRequested();
}

void Unattended::exportFile()
{
    const QString format = exportFormat(m_window.context().session.recipe());
    startExport(m_window.context().session, format, file(modelName()), this,
                [](const ExportReport& report) {
                    say(tr("  %1 in %n tensors written, read back, equal bit for bit.", nullptr,
                           static_cast<int>(report.tensorsVerified))
                            .arg(Words::bytes(report.bytes)));
                });
}

void Unattended::writePicture(const QString& name)
{
    const QImage picture = m_window.grab().toImage();
    m_window.context().session.jobs().start(
        {"picture", {}, JobQueue::Quick}, this,
        [picture, output = file(name)](JobProgress&) {
            assertNotGuiThread("writing a picture");
            QByteArray content;
            QBuffer buffer(&content);
            picture.save(&buffer, "PNG");
            writeTextFile(output, content.toStdString());
            return true;
        },
        [](bool) {});
}

void Unattended::writeReport()
{
    startReport(m_window.context(), file(kReport), this, [](bool) {});
}

void Unattended::printResults()
{
    const ApplicationContext& context = m_window.context();
    const Size size = context.measurements.size()->now;
    const OutputKind output = context.session.model().graph.output;
    say(tr("Bits per weight %1, file %2, predicted %3 %4")
            .arg(Words::bits(size.bitsPerWeight()), Words::bytes(size.fileBytes),
                 Words::quantity(output),
                 Words::nats(context.measurements.predictedKl().value_or(0))));
    const std::optional<RecipeEvaluation>& evaluation = context.analysis.evaluation();
    for (const EvaluationRow& row : EvaluationRows::of(output, {}, evaluation))
        if (!row.text.isEmpty())
            say(tr("%1: %2").arg(row.title, row.text));
    if (evaluation)
        say(EvaluationRows::source(*evaluation));
    const QStringList warnings = context.texts.warnings();
    for (const QString& warning : warnings)
        say(warning);
    say(tr("Report:  %1").arg(path(kReport)));
    say(tr("Picture: %1").arg(path(kPicture)));
    say(tr("Model:   %1").arg(path(modelName())));
}

} // namespace bitloom
