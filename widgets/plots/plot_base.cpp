// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plots/plot_base.h"

#include "widgets/base/icons.h"
#include "widgets/base/table_dialog.h"

#include <QBuffer>
#include <QContextMenuEvent>
#include <QHelpEvent>
#include <QLabel>
#include <QMenu>
#include <QPdfWriter>
#include <QStyleOptionFocusRect>
#include <QSvgGenerator>
#include <QToolTip>
#include <QVBoxLayout>

#include <algorithm>

namespace bitloom {

namespace {

constexpr const char* kFullName = "fullName"; ///< property of what is drawn
constexpr int kMostTicks = 5;
constexpr int kLegendColumns = 2; ///< at least, however long the names

/// How long an axis is in pixels.
int lengthOf(const QCPAxis& axis)
{
    const QSize size = axis.axisRect()->size();
    return axis.orientation() == Qt::Horizontal ? size.width() : size.height();
}

/// Whole; or without its unit, as "KL" of "KL, nats per token"; or elided.
QString fittingTitle(const QString& title, const QFontMetrics& metrics, int length)
{
    const bool whole = metrics.horizontalAdvance(title) <= length;
    return whole ? title : metrics.elidedText(title.section(u',', 0, 0), Qt::ElideMiddle, length);
}

QString fullName(const QCPAbstractPlottable& drawn)
{
    return drawn.property(kFullName).toString();
}

} // namespace

PlotBase::PlotBase(const QString& stem, const QString& name, QWidget* parent)
    : QCustomPlot(parent)
    , m_style(PlotStyle::of(palette()))
    , m_empty(new QLabel(this))
{
    setObjectName(stem);
    setAccessibleName(name);
    setFocusPolicy(Qt::StrongFocus);
    setInteractions(QCP::iRangeDrag | QCP::iRangeZoom);
    setAutoAddPlottableToLegend(false);

    m_empty->setObjectName(stem + QStringLiteral("Empty"));
    m_empty->setAlignment(Qt::AlignCenter);
    m_empty->setWordWrap(true);
    m_empty->setAttribute(Qt::WA_TransparentForMouseEvents);
    m_empty->hide();
    auto* overlay = new QVBoxLayout(this);
    overlay->setSizeConstraint(QLayout::SetNoConstraint);
    overlay->addWidget(m_empty);
    legend->setFillOrder(QCPLegend::foColumnsFirst);
    connect(this, &QCustomPlot::beforeReplot, this, &PlotBase::placeTexts);
}

QString PlotBase::emptyText() const
{
    return m_empty->text();
}

QSize PlotBase::sizeHint() const
{
    return {fontMetrics().averageCharWidth() * 60, fontMetrics().height() * 14};
}

QSize PlotBase::minimumSizeHint() const
{
    const int legendHeight = legend->visible() ? (fontMetrics().height() + 6) * m_legendLines : 0;
    return {fontMetrics().averageCharWidth() * 28,
            fontMetrics().height() * 7 + legendHeight + axisRect()->minimumMargins().top()};
}

QString PlotBase::axisLabel(QCPAxis* axis) const
{
    return m_labels.value(axis);
}

void PlotBase::setAxisLabel(QCPAxis* axis, const QString& label)
{
    m_labels[axis] = label;
    axis->setLabel(label);
}

void PlotBase::setFullName(QCPAbstractPlottable* drawn, const QString& name)
{
    drawn->setProperty(kFullName, name);
    drawn->setName(name);
}

void PlotBase::setLegendShown(bool shown)
{
    legend->setVisible(shown);
    updateGeometry();
    if (shown == (legend->layout() == plotLayout()))
        return;
    if (!shown) {
        plotLayout()->take(legend); // an empty line would keep its room
        plotLayout()->simplify();
        return;
    }
    plotLayout()->insertRow(0);
    plotLayout()->addElement(0, 0, legend);
    plotLayout()->setRowStretchFactor(0, 1e-3);
    plotLayout()->setRowSpacing(0);
}

void PlotBase::keepRoomForFlags()
{
    axisRect()->setMinimumMargins(QMargins(0, fontMetrics().height() + 4, 0, 0));
}

void PlotBase::placeTexts()
{
    if (m_laidOut != size()) {
        m_laidOut = size();
        updateLayout(); // otherwise the lengths of the axes lag behind a resize
    }
    const QFontMetrics metrics(font());
    for (auto label = m_labels.cbegin(); label != m_labels.cend(); ++label) {
        QCPAxis* axis = label.key();
        axis->setLabel(fittingTitle(label.value(), metrics, lengthOf(*axis)));
    }
    if (legend->visible())
        placeLegend();
    // No more numbers than fit above each other.
    const int fitting = axisRect()->height() / (2 * metrics.height());
    yAxis->ticker()->setTickCount(std::clamp(fitting, 2, kMostTicks));
}

QList<QCPPlottableLegendItem*> PlotBase::legendItems() const
{
    QList<QCPPlottableLegendItem*> items;
    for (int i = 0; i < legend->itemCount(); ++i) // holes, where items were taken out, count, too
        if (auto* item = qobject_cast<QCPPlottableLegendItem*>(legend->item(i)))
            items.append(item);
    return items;
}

void PlotBase::placeLegend()
{
    const QList<QCPPlottableLegendItem*> items = legendItems();
    if (items.isEmpty())
        return;
    const QFontMetrics metrics(legend->font());
    const QMargins margins = legend->margins();
    const int room = width() - margins.left() - margins.right();
    const int beside = legend->iconSize().width() + items.first()->margins().left() +
                       items.first()->margins().right() + legend->iconTextPadding();
    const int shared = std::min(static_cast<int>(items.size()), kLegendColumns);
    const int most = std::max(1, room / shared - legend->columnSpacing() - beside);
    int widest = 1;
    for (QCPPlottableLegendItem* item : items) {
        const QString name = fullName(*item->plottable());
        if (!name.isEmpty())
            item->plottable()->setName(metrics.elidedText(name, Qt::ElideMiddle, most));
        const QCPLayoutElement& element = *item;
        widest = std::max(widest, element.minimumOuterSizeHint().width());
    }
    const int columns =
        std::clamp((room + legend->columnSpacing()) / (widest + legend->columnSpacing()), 1,
                   static_cast<int>(items.size()));
    const int cells = legend->rowCount() * legend->columnCount();
    if (legend->columnCount() != columns || cells - items.size() >= columns) {
        legend->setWrap(columns);
        legend->setFillOrder(QCPLegend::foColumnsFirst);
    }
    if (m_legendLines != legend->rowCount()) {
        m_legendLines = legend->rowCount();
        updateGeometry();
    }
    for (int column = 0; column < legend->columnCount(); ++column) // they stand to the left
        legend->setColumnStretchFactor(column, column + 1 < legend->columnCount() ? 1e-3 : 1);
}

QString PlotBase::marginHint(const QPoint& position) const
{
    if (legend->visible())
        for (QCPPlottableLegendItem* item : legendItems())
            if (QString name = fullName(*item->plottable());
                item->outerRect().contains(position) && item->plottable()->name() != name)
                return name;
    const QRect area = axisRect()->rect();
    for (QCPAxis* axis : {xAxis, yAxis}) {
        const bool beside =
            axis == xAxis ? position.y() > area.bottom() : position.x() < area.left();
        if (beside && axis->label() != m_labels.value(axis, axis->label()))
            return m_labels.value(axis);
    }
    return {};
}

bool PlotBase::event(QEvent* event)
{
    if (event->type() == QEvent::ToolTip) {
        const auto* help = static_cast<QHelpEvent*>(event);
        if (const QString hint = marginHint(help->pos()); !hint.isEmpty()) {
            QToolTip::showText(help->globalPos(), hint, this);
            return true;
        }
    }
    return QCustomPlot::event(event);
}

void PlotBase::resetView()
{
    fitAxes();
    redrawSoon();
}

void PlotBase::showTable()
{
    auto* dialog = new TableDialog(accessibleName(), table(), window());
    dialog->show();
}

QByteArray PlotBase::rendered(const QString& format)
{
    if (format == QLatin1String("csv"))
        return table().csv().toUtf8();
    if (format == QLatin1String("pdf"))
        return pdf();
    if (format == QLatin1String("svg"))
        return svg();
    if (format != QLatin1String("png"))
        return {};
    QBuffer buffer;
    buffer.open(QIODevice::WriteOnly);
    toPixmap(width(), height(), 2.0).save(&buffer, "PNG");
    return buffer.data();
}

QByteArray PlotBase::pdf()
{
    QBuffer buffer;
    buffer.open(QIODevice::WriteOnly);
    {
        QPdfWriter writer(&buffer);
        writer.setTitle(accessibleName());
        // One device unit is one pixel of the screen, so that fonts keep their proportion.
        writer.setResolution(logicalDpiX());
        writer.setPageSize(QPageSize(QSizeF(size()) * 72.0 / logicalDpiX(), QPageSize::Point));
        writer.setPageMargins(QMarginsF());
        QCPPainter painter(&writer);
        painter.setMode(QCPPainter::pmVectorized);
        toPainter(&painter, width(), height());
    }
    return buffer.data();
}

QByteArray PlotBase::svg()
{
    QBuffer buffer;
    buffer.open(QIODevice::WriteOnly);
    {
        QSvgGenerator generator;
        generator.setOutputDevice(&buffer);
        generator.setTitle(accessibleName());
        generator.setDescription(summary());
        generator.setSize(size());
        generator.setViewBox(rect());
        generator.setResolution(logicalDpiX());
        QCPPainter painter;
        painter.begin(&generator);
        painter.setMode(QCPPainter::pmVectorized);
        toPainter(&painter, width(), height());
    }
    return buffer.data();
}

void PlotBase::setEmptyText(const QString& sentence)
{
    m_empty->setText(sentence);
    m_empty->setVisible(!sentence.isEmpty());
    axisRect()->setVisible(sentence.isEmpty());
    if (!sentence.isEmpty())
        setSummary(sentence);
}

void PlotBase::redrawSoon()
{
    if (isVisible())
        replot(QCustomPlot::rpQueuedReplot);
}

void PlotBase::styleAxis(QCPAxis* axis)
{
    axis->setBasePen(QPen(m_style.muted));
    axis->setTickPen(QPen(m_style.muted));
    axis->setSubTickPen(QPen(m_style.grid));
    axis->setTickLabelColor(m_style.text);
    axis->setLabelColor(m_style.text);
    axis->setTickLabelFont(font());
    axis->setLabelFont(font());
    axis->grid()->setPen(QPen(m_style.grid, 0, Qt::DotLine));
    axis->grid()->setSubGridPen(QPen(m_style.grid, 0, Qt::DotLine));
    axis->grid()->setZeroLinePen(QPen(m_style.grid));
}

void PlotBase::restyle()
{
    m_styled = true;
    m_style = PlotStyle::of(palette());
    setBackground(QBrush(m_style.background));
    for (QCPAxis* axis : axisRect()->axes())
        styleAxis(axis);
    legend->setBrush(Qt::NoBrush);
    legend->setBorderPen(Qt::NoPen);
    legend->setTextColor(m_style.text);
    legend->setFont(font());
    QPalette labels = palette();
    labels.setColor(QPalette::WindowText, m_style.muted);
    m_empty->setPalette(labels);
    applyStyle();
    redrawSoon();
}

void PlotBase::changeEvent(QEvent* event)
{
    QCustomPlot::changeEvent(event);
    const bool look = event->type() == QEvent::PaletteChange ||
                      event->type() == QEvent::FontChange || event->type() == QEvent::StyleChange;
    if (m_styled && look)
        restyle();
}

void PlotBase::showEvent(QShowEvent* event)
{
    QCustomPlot::showEvent(event);
    redrawSoon();
}

void PlotBase::paintEvent(QPaintEvent* event)
{
    QCustomPlot::paintEvent(event);
    if (!hasFocus())
        return;
    QPainter painter(this);
    painter.setPen(QPen(palette().color(QPalette::Highlight), 1));
    painter.drawRect(rect().adjusted(0, 0, -1, -1));
}

void PlotBase::keyPressEvent(QKeyEvent* event)
{
    const double step = xAxis->range().size() / 10;
    const double middle = xAxis->range().center();
    if (event->key() == Qt::Key_0 && event->modifiers() == Qt::ControlModifier)
        return resetView();
    if (event->key() == Qt::Key_Left)
        xAxis->moveRange(-step);
    else if (event->key() == Qt::Key_Right)
        xAxis->moveRange(step);
    else if (event->key() == Qt::Key_Plus)
        xAxis->scaleRange(0.8, middle);
    else if (event->key() == Qt::Key_Minus)
        xAxis->scaleRange(1.25, middle);
    else
        return QCustomPlot::keyPressEvent(event);
    redrawSoon();
}

void PlotBase::mouseDoubleClickEvent(QMouseEvent* event)
{
    resetView();
    event->accept();
}

void PlotBase::addExport(QMenu* menu, const QString& text, const QString& format)
{
    QAction* action = menu->addAction(text);
    action->setEnabled(emptyText().isEmpty());
    connect(action, &QAction::triggered, this, [this, format] {
        emit exportRequested(objectName() + u'.' + format, rendered(format));
    });
}

void PlotBase::contextMenuEvent(QContextMenuEvent* event)
{
    auto* menu = new QMenu(this);
    menu->setObjectName(objectName() + QStringLiteral("Menu"));
    menu->setAttribute(Qt::WA_DeleteOnClose);
    menu->addAction(glyph(QStringLiteral("reset")), tr("Reset zoom\tCtrl+0"), this,
                    &PlotBase::resetView);
    QAction* numbers = menu->addAction(tr("Show as table"), this, &PlotBase::showTable);
    numbers->setEnabled(emptyText().isEmpty());
    menu->addSeparator();
    addExport(menu, tr("Export picture (PNG)…"), QStringLiteral("png"));
    addExport(menu, tr("Export drawing (SVG)…"), QStringLiteral("svg"));
    addExport(menu, tr("Export page (PDF)…"), QStringLiteral("pdf"));
    addExport(menu, tr("Export numbers (CSV)…"), QStringLiteral("csv"));
    menu->popup(event->globalPos());
    event->accept();
}

} // namespace bitloom
