// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/plots/plot_base.h"

namespace bitloom {

/// Least and greatest value per channel.
struct ChannelRanges {
    QString title;     ///< "output channels of blk.3.ffn_down"
    QString valueName; ///< "weight", "activation"
    QList<double> minimum;
    QList<double> maximum;
};

/// Per-channel ranges as a band along the channels; more channels than pixels are joined so that no
/// extreme is lost.
class ChannelPlot final : public PlotBase {
    Q_OBJECT

public:
    /// `stem` names the object ("outputChannels").
    ChannelPlot(const QString& stem, const QString& name, QWidget* parent = nullptr);

    void setRanges(const ChannelRanges& ranges);
    TextTable table() const override;

protected:
    void applyStyle() override;
    void fitAxes() override;

private:
    ChannelRanges m_ranges;
    QCPGraph* m_low = nullptr;
    QCPGraph* m_high = nullptr;
};

} // namespace bitloom
