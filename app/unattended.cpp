// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/unattended.h"

#include "app/documents.h"
#include "app/export_dialog.h"
#include "app/quality_rows.h"
#include "app/report_job.h"
#include "app/theme.h"
#include "app/widget_headers.h"
#include "app/words.h"
#include "core/files/writers.h"

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

void say(const QString& line)
{
    QTextStream(stdout) << line << Qt::endl;
}

} // namespace

Unattended::Unattended(MainWindow& window, const QString& model, const QString& folder)
    : m_window(window)
    , m_model(model)
    , m_folder(QDir(folder).absolutePath())
{
    m_window.resize(kPictureSize); // there is no screen to say another
    Analysis& analysis = m_window.desk().analysis;
    m_steps = {
        {tr("Opening %1").arg(model), [this] { m_window.documents().openModel(m_model); }},
        {tr("Analysing"), [&analysis] { analysis.analyse(); }},
        {tr("Looking at a layer"), [this] { chooseLayer(); }},
        {tr("Fitting %1 bits per weight").arg(kBudgetBits), [this] { fit(); }},
        {tr("Judging quantized against original"), [&analysis] { analysis.judge(); }},
        {tr("Comparing original and quantized"), [this] { compare(); }},
        {tr("Exporting and reading back"), [this] { exportFile(); }},
        {tr("Writing the report"), [this] { writeReport(); }},
        {tr("Taking a picture"), [this] { writePicture("window.png"); }},
        {tr("Turning the light off"), [] { applyTheme("dark"); }},
        {tr("Taking another picture"), [this] { writePicture("window_dark.png"); }},
    };
    connect(&m_window.desk().session, &Session::message, this,
            [this](Loudness loudness, const QString& sentence) {
                say("  " + sentence);
                m_failed = m_failed || loudness == Loudness::Error;
            });
    m_poll.setInterval(kPollMs);
    connect(&m_poll, &QTimer::timeout, this, &Unattended::advance);
    m_poll.start();
}

QString Unattended::path(const QString& suffix) const
{
    return m_folder + '/' + suffix;
}

void Unattended::advance()
{
    m_quietPolls = m_window.desk().session.jobs().isBusy() ? 0 : m_quietPolls + 1;
    if (m_quietPolls < kQuietPolls)
        return;
    m_quietPolls = 0;
    if (m_steps.isEmpty() || m_failed) {
        m_poll.stop();
        if (!m_failed)
            printResults();
        m_window.desk().session.forgetAutosave();
        Q_EMIT finished();
        return;
    }
    const auto [title, step] = m_steps.takeFirst();
    say(title + "…");
    step();
}

void Unattended::chooseLayer()
{
    const Desk& desk = m_window.desk();
    const std::vector<Slot>& all = desk.session.model().graph.slots;
    const auto found = std::find_if(all.begin(), all.end(), [](const Slot& slot) {
        return slot.role == Role::FeedForwardDown && slot.block >= 0;
    });
    if (found != all.end())
        m_window.desk().select({static_cast<int>(found - all.begin())});
}

void Unattended::fit()
{
    FitSettings budget;
    budget.bitsPerWeight = kBudgetBits;
    m_window.desk().analysis.fit(budget);
}

void Unattended::compare()
{
    Q_EMIT static_cast<ComparePane*>(m_window.dock("compare")->widget())->runRequested();
}

void Unattended::exportFile()
{
    QDir().mkpath(m_folder);
    const QString format = exportFormat(m_window.desk().session.recipe());
    startExport(m_window.desk().session, format, path("model." + format).toStdString(), this,
                [](const ExportReport& report) {
                    say(tr("  %1 in %n tensors written, read back, equal bit for bit.", nullptr,
                           static_cast<int>(report.tensorsVerified))
                            .arg(Words::bytes(report.bytes)));
                });
}

void Unattended::writePicture(const QString& name)
{
    const QImage picture = m_window.grab().toImage();
    m_window.desk().session.jobs().start(
        {"picture", {}, Lane::Quick}, this,
        [picture, file = path(name).toStdString()](JobProgress&) {
            assertNotGuiThread("writing a picture");
            QByteArray content;
            QBuffer buffer(&content);
            picture.save(&buffer, "PNG");
            writeTextFile(file, content.toStdString());
            return true;
        },
        [](bool) {});
}

void Unattended::writeReport()
{
    startReport(m_window.desk(), path("report.html"), this, [](bool) {});
}

void Unattended::printResults()
{
    const Desk& desk = m_window.desk();
    const Size size = desk.measurements.size()->now;
    const OutputKind output = desk.session.model().graph.output;
    say(tr("Bits per weight %1, file %2, predicted %3 %4")
            .arg(Words::bits(size.bitsPerWeight()), Words::bytes(size.fileBytes),
                 Words::quantity(output),
                 Words::nats(desk.measurements.predictedKl().value_or(0))));
    const std::optional<Judged>& judged = desk.analysis.judged();
    for (const QualityRow& row : QualityRows::of(output, {}, judged))
        if (!row.text.isEmpty())
            say(tr("%1: %2").arg(row.title, row.text));
    if (judged)
        say(QualityRows::source(*judged));
    const QStringList warnings = desk.texts.warnings();
    for (const QString& warning : warnings)
        say(warning);
    say(tr("Report:  %1").arg(path("report.html")));
    say(tr("Picture: %1").arg(path("window.png")));
    say(tr("Model:   %1").arg(path("model." + exportFormat(desk.session.recipe()))));
}

} // namespace bitloom
