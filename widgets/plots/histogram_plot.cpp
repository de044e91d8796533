// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plots/histogram_plot.h"

#include "widgets/base/elided_label.h"
#include "widgets/base/icons.h"
#include "widgets/base/wrapped_label.h"
#include "widgets/plots/histogram_canvas.h"

#include <QDoubleSpinBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QSignalBlocker>
#include <QToolButton>

#include <algorithm>
#include <cmath>

namespace bitloom {

namespace {

constexpr int kMostCaptionLines = 3; ///< so that it leaves the plot its room

} // namespace

HistogramPlot::HistogramPlot(QWidget* parent)
    : QWidget(parent)
    , m_canvas(new HistogramCanvas(this))
    , m_caption(new WrappedLabel(this))
{
    setObjectName(QStringLiteral("histogramPanel"));
    setAccessibleName(tr("Histogram"));
    m_caption->setObjectName(QStringLiteral("histogramCaption"));
    m_caption->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_caption->setMostLines(kMostCaptionLines);

    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(4, 4, 4, 4);
    layout->setSpacing(4);
    layout->addWidget(buildTools());
    layout->addWidget(m_canvas, 1);
    layout->addWidget(buildClipRow());
    layout->addWidget(m_caption);

    connect(m_canvas, &PlotBase::exportRequested, this, &HistogramPlot::exportRequested);
    connect(m_canvas, &HistogramCanvas::handleMoved, this, [this](double low, double high) {
        m_clip = ClipRange{low, high};
        showClip();
        emit clipMoved(low, high);
    });
    connect(m_canvas, &HistogramCanvas::handleReleased, this, &HistogramPlot::clipReleased);
    m_typing.setSingleShot(true);
    m_typing.setInterval(600);
    connect(&m_typing, &QTimer::timeout, this, &HistogramPlot::commitTyped);
    setCaption({});
    setLayers({});
}

QToolButton* HistogramPlot::toolButton(const QString& name, const QString& icon,
                                       const QString& label)
{
    auto* button = new QToolButton(this);
    button->setObjectName(name);
    button->setIcon(glyph(icon));
    button->setToolTip(label);
    button->setAccessibleName(label);
    button->setAutoRaise(true);
    return button;
}

HistogramPlot::~HistogramPlot()
{
    // A bound that loses the focus while it dies would still say that typing has ended.
    m_low->disconnect(this);
    m_high->disconnect(this);
}

QWidget* HistogramPlot::buildTools()
{
    auto* row = new QWidget(this);
    m_title = new ElidedLabel(row, Qt::ElideMiddle);
    m_title->setObjectName(QStringLiteral("histogramTitle"));
    QFont bold = m_title->font();
    bold.setBold(true);
    m_title->setFont(bold);
    m_input = toolButton(QStringLiteral("histogramInput"), QStringLiteral("input"),
                         tr("Show the layer's input instead of its weights"));
    m_log = toolButton(QStringLiteral("histogramLog"), QStringLiteral("logarithm"),
                       tr("Logarithmic counts"));
    m_sigma = toolButton(QStringLiteral("histogramSigma"), QStringLiteral("sigma"),
                         tr("Hide outliers beyond 6 σ"));
    QToolButton* reset = toolButton(QStringLiteral("histogramReset"), QStringLiteral("reset"),
                                    tr("Reset zoom (Ctrl+0)"));
    for (QToolButton* toggle : {m_input, m_log, m_sigma})
        toggle->setCheckable(true);

    auto* layout = new QHBoxLayout(row);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(m_title, 1);
    for (QToolButton* button : {m_input, m_log, m_sigma, reset})
        layout->addWidget(button);
    connect(m_log, &QToolButton::toggled, m_canvas, &HistogramCanvas::setLogScale);
    connect(m_sigma, &QToolButton::toggled, m_canvas, &HistogramCanvas::setWithoutOutliers);
    connect(m_input, &QToolButton::toggled, m_canvas, &HistogramCanvas::setShowActivation);
    connect(reset, &QToolButton::clicked, m_canvas, &PlotBase::resetView);
    return row;
}

QDoubleSpinBox* HistogramPlot::clipSpin(const QString& name, const QString& label)
{
    auto* spin = new QDoubleSpinBox(m_clipRow);
    spin->setObjectName(name);
    spin->setAccessibleName(label);
    spin->setToolTip(label);
    spin->setKeyboardTracking(false);
    connect(spin, &QDoubleSpinBox::valueChanged, this, &HistogramPlot::typed);
    connect(spin, &QDoubleSpinBox::editingFinished, this, &HistogramPlot::commitTyped);
    return spin;
}

QWidget* HistogramPlot::buildClipRow()
{
    m_clipRow = new QWidget(this);
    m_low = clipSpin(QStringLiteral("clipLow"), tr("Least weight after clipping"));
    m_high = clipSpin(QStringLiteral("clipHigh"), tr("Greatest weight after clipping"));
    m_removeClip = toolButton(QStringLiteral("clipRemove"), QStringLiteral("close"),
                              tr("Remove the clipping"));
    auto* label = new QLabel(tr("Clip &from"), m_clipRow);
    label->setBuddy(m_low);
    auto* layout = new QHBoxLayout(m_clipRow);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(label);
    layout->addWidget(m_low);
    layout->addWidget(new QLabel(tr("to"), m_clipRow));
    layout->addWidget(m_high);
    layout->addWidget(m_removeClip);
    layout->addStretch(1);
    connect(m_removeClip, &QToolButton::clicked, this, &HistogramPlot::clipRemoved);
    return m_clipRow;
}

void HistogramPlot::setLayers(const QList<HistogramLayer>& layers)
{
    commitTyped(); // what was typed belongs to the layer shown until now
    m_layers = layers;
    m_clip.reset();
    const bool measured = std::any_of(layers.begin(), layers.end(), [](const auto& layer) {
        return !layer.activation.isEmpty();
    });
    if (!measured)
        m_input->setChecked(false);
    m_input->setEnabled(measured);
    m_canvas->setLayers(layers);
    setUpSpins();
    showClip();
    showTitle();
}

void HistogramPlot::setClip(std::optional<ClipRange> clip)
{
    if (m_typing.isActive())
        return; // the user is typing a newer one
    m_clip = clip;
    showClip();
}

void HistogramPlot::setClipEditable(bool editable)
{
    m_clipEditable = editable;
    showClip();
}

void HistogramPlot::setCaption(const QString& text)
{
    m_caption->setText(text);
    m_caption->setVisible(!text.isEmpty());
}

void HistogramPlot::setEmptyText(const QString& text)
{
    m_canvas->setEmptySentence(text);
}

ClipRange HistogramPlot::shownClip() const
{
    if (m_clip || m_layers.isEmpty())
        return m_clip.value_or(ClipRange{});
    return {m_layers.first().original.low, m_layers.first().original.high};
}

void HistogramPlot::setUpSpins()
{
    if (m_layers.size() != 1 || m_layers.first().original.isEmpty())
        return;
    const HistogramBins& bins = m_layers.first().original;
    const double width = bins.high - bins.low;
    const int decimals = std::clamp(3 - static_cast<int>(std::floor(std::log10(width))), 0, 12);
    for (QDoubleSpinBox* spin : {m_low, m_high}) {
        const QSignalBlocker quiet(spin);
        const double unit = std::pow(10.0, -decimals);
        spin->setDecimals(decimals);
        spin->setRange(std::floor(bins.low / unit) * unit, std::ceil(bins.high / unit) * unit);
        spin->setSingleStep(width / 100);
    }
}

void HistogramPlot::showClip()
{
    const bool one = m_layers.size() == 1 && !m_layers.first().original.isEmpty();
    m_clipRow->setVisible(one);
    m_clipRow->setEnabled(m_clipEditable);
    m_removeClip->setEnabled(m_clip.has_value());
    if (!one) {
        m_canvas->setHandles(std::nullopt, false);
        return;
    }
    const ClipRange shown = shownClip();
    const QSignalBlocker quietLow(m_low);
    const QSignalBlocker quietHigh(m_high);
    m_low->setValue(shown.low);
    m_high->setValue(shown.high);
    const bool visible = m_clip || m_clipEditable;
    m_canvas->setHandles(visible ? std::optional(shown) : std::nullopt, m_clipEditable);
}

void HistogramPlot::typed()
{
    if (m_low->value() >= m_high->value())
        return showClip(); // an empty range is not a clip
    m_clip = ClipRange{m_low->value(), m_high->value()};
    showClip();
    m_typing.start();
    emit clipMoved(m_clip->low, m_clip->high);
}

void HistogramPlot::commitTyped()
{
    if (!m_typing.isActive() && sender() != &m_typing)
        return;
    m_typing.stop();
    if (m_clip)
        emit clipReleased(m_clip->low, m_clip->high);
}

void HistogramPlot::showTitle()
{
    if (m_layers.isEmpty())
        m_title->setText(tr("Histogram"));
    else if (m_layers.size() == 1)
        m_title->setText(tr("Histogram of %1").arg(m_layers.first().name));
    else
        m_title->setText(tr("Histogram of %n layers", nullptr, static_cast<int>(m_layers.size())));
}

} // namespace bitloom
