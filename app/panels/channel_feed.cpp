// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/panels/channel_feed.h"

#include "app/jobs/lazy_refresh.h"
#include "app/words/widget_headers.h"

namespace bitloom {

namespace {

ChannelRanges rangesOf(const QString& title, const QString& value, const std::vector<float>& least,
                       const std::vector<float>& greatest)
{
    return {title, value, QList<double>(least.begin(), least.end()),
            QList<double>(greatest.begin(), greatest.end())};
}

} // namespace

ChannelFeed::ChannelFeed(ApplicationContext& context, QWidget* panel, ChannelPlot* outputs,
                         ChannelPlot* inputs)
    : QObject(panel)
    , m_context(context)
    , m_outputs(outputs)
    , m_inputs(inputs)
{
    auto* lazy = new LazyRefresh(panel, [this] { refresh(); });
    const auto request = [lazy] { lazy->request(); };
    connect(&context.selection, &QItemSelectionModel::selectionChanged, lazy, request);
    connect(&context.measurements, &Measurements::statisticsChanged, lazy, request);
    connect(&context.measurements, &Measurements::activationsChanged, lazy, request);
    connect(&context.session, &Session::opened, lazy, request);
    lazy->request();
}

void ChannelFeed::refresh()
{
    const QList<int> selected = m_context.selectedSlots();
    const Measurements::Statistics statistics =
        selected.size() == 1 ? m_context.measurements.statistics(selected.first()) : nullptr;
    if (!statistics) {
        m_outputs->setRanges({});
        m_inputs->setRanges({});
        return;
    }
    const QString name =
        QString::fromStdString(m_context.session.model().graph.slot(selected.first()).name);
    m_outputs->setRanges(rangesOf(tr("output channels of %1").arg(name), tr("weight"),
                                  statistics->rowMinimum, statistics->rowMaximum));
    if (const auto input = m_context.measurements.activation(selected.first()))
        m_inputs->setRanges(rangesOf(tr("inputs of %1").arg(name), tr("activation"),
                                     input->channelMinimum, input->channelMaximum));
    else
        m_inputs->setRanges(rangesOf(tr("input channels of %1").arg(name), tr("weight"),
                                     statistics->columnMinimum, statistics->columnMaximum));
}

} // namespace bitloom
