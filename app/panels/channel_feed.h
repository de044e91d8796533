// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/document/application_context.h"

namespace bitloom {

class ChannelPlot;
class LazyRefresh;

/// Feeds the two channel plots with the selected layer's weights, or, for its input channels, with
/// the values they are multiplied with where those were measured.
class ChannelFeed : public QObject {
    Q_OBJECT

public:
    /// A child of `panel`, which holds both plots.
    ChannelFeed(ApplicationContext& context, QWidget* panel, ChannelPlot* outputs,
                ChannelPlot* inputs);

private:
    void refresh();

    ApplicationContext& m_context;
    ChannelPlot* m_outputs;
    ChannelPlot* m_inputs;
};

} // namespace bitloom
