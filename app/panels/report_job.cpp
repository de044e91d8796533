// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/panels/report_job.h"

#include "app/panels/metric_feed.h"
#include "core/workbench/report/report.h"
#include "core/workbench/workbench.h"

#include <QCoreApplication>

namespace bitloom {

namespace {

ReportSettings reportSettings(const Desk& desk)
{
    ReportSettings settings;
    settings.calibrationName = datedMethod(desk.analysis).toStdString();
    settings.warnings.push_back(desk.analysis.methodWarning().toStdString());
    const std::optional<Judged>& judged = desk.analysis.judged();
    if (judged && judged->recipe.storesLike(desk.session.recipe())) {
        settings.quality = judged->quality;
        settings.evaluationName = judged->textName.toStdString();
        settings.engine = judged->engine.description;
        settings.warnings.push_back(judged->warning.toStdString());
        settings.windows = judged->windows.toStdString();
    } else {
        settings.judgedBefore = judged.has_value();
    }
    return settings;
}

} // namespace

void startReport(Desk& desk, const OutputFile& file, QObject* receiver,
                 const std::function<void(bool)>& done)
{
    auto work = [bench = desk.session.bench(), recipe = desk.session.recipe(),
                 settings = reportSettings(desk), file](JobProgress& progress) {
        return bench->reports().writeReport(recipe, settings, file, progress);
    };
    desk.session.jobs().start(
        {"report", QCoreApplication::translate("Report", "Report"), Lane::Engine}, receiver,
        std::move(work), done);
}

} // namespace bitloom
