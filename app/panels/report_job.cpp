// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/panels/report_job.h"

#include "app/panels/metric_feed.h"
#include "core/workbench/report/report.h"
#include "core/workbench/workbench.h"

#include <QCoreApplication>

namespace bitloom {

namespace {

ReportSettings reportSettings(const ApplicationContext& context)
{
    ReportSettings settings;
    settings.calibrationName = datedMethod(context.analysis).toStdString();
    settings.warnings.push_back(context.analysis.methodWarning().toStdString());
    const std::optional<RecipeEvaluation>& evaluation = context.analysis.evaluation();
    if (evaluation && evaluation->recipe.storesLike(context.session.recipe())) {
        settings.evaluation = evaluation->result;
        settings.evaluationName = evaluation->textName.toStdString();
        settings.engine = evaluation->engine.description;
        settings.warnings.push_back(evaluation->warning.toStdString());
        settings.windows = evaluation->windows.toStdString();
    } else {
        settings.evaluatedBefore = evaluation.has_value();
    }
    return settings;
}

} // namespace

void startReport(ApplicationContext& context, const OutputFile& file, QObject* receiver,
                 const std::function<void(bool)>& done)
{
    auto work = [workbench = context.session.workbench(), recipe = context.session.recipe(),
                 settings = reportSettings(context), file](JobProgress& progress) {
        return workbench->reports().writeReport(recipe, settings, file, progress);
    };
    context.session.jobs().start(
        {"report", QCoreApplication::translate("Report", "Report"), JobQueue::Engine}, receiver,
        std::move(work), done);
}

} // namespace bitloom
