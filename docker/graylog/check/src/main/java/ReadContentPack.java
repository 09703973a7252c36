import com.fasterxml.jackson.annotation.JsonTypeName;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.jsontype.NamedType;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.datatype.guava.GuavaModule;
import com.fasterxml.jackson.datatype.jdk8.Jdk8Module;
import com.fasterxml.jackson.datatype.joda.JodaModule;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import com.vdurmont.semver4j.Requirement;
import com.vdurmont.semver4j.Semver;
import java.io.File;
import java.util.List;
import org.graylog.plugins.views.search.elasticsearch.ElasticsearchQueryString;
import org.graylog.plugins.views.search.searchtypes.pivot.buckets.AutoInterval;
import org.graylog.plugins.views.search.searchtypes.pivot.buckets.Time;
import org.graylog.plugins.views.search.searchtypes.pivot.buckets.Values;
import org.graylog.plugins.views.search.searchtypes.pivot.series.Average;
import org.graylog.plugins.views.search.searchtypes.pivot.series.Count;
import org.graylog.plugins.views.search.searchtypes.pivot.series.Max;
import org.graylog.plugins.views.search.searchtypes.pivot.series.Min;
import org.graylog.plugins.views.search.views.widgets.aggregation.AggregationConfigDTO;
import org.graylog.plugins.views.search.views.widgets.aggregation.AutoIntervalDTO;
import org.graylog.plugins.views.search.views.widgets.aggregation.LineVisualizationConfigDTO;
import org.graylog.plugins.views.search.views.widgets.aggregation.TimeHistogramConfigDTO;
import org.graylog.plugins.views.search.views.widgets.aggregation.ValueConfigDTO;
import org.graylog.plugins.views.search.views.widgets.aggregation.sort.PivotSortConfig;
import org.graylog.plugins.views.search.views.widgets.messagelist.MessageListConfigDTO;
import org.graylog2.contentpacks.model.ContentPack;
import org.graylog2.contentpacks.model.ContentPackV1;
import org.graylog2.contentpacks.model.constraints.GraylogVersionConstraint;
import org.graylog2.contentpacks.model.entities.Entity;
import org.graylog2.contentpacks.model.entities.EntityV1;
import org.graylog2.contentpacks.model.entities.MessageListEntity;
import org.graylog2.contentpacks.model.entities.PivotEntity;
import org.graylog2.contentpacks.model.entities.StreamEntity;
import org.graylog2.contentpacks.model.entities.ViewEntity;
import org.graylog2.jackson.AutoValueSubtypeResolver;
import org.graylog2.jackson.SemverDeserializer;
import org.graylog2.jackson.SemverRequirementDeserializer;
import org.graylog2.plugin.indexer.searches.timeranges.RelativeRange;

/** Reads a content pack like a Graylog server during upload and installation; fails on unknown elements. */
public class ReadContentPack {
    /** Registered by the server's plug-in for searches and dashboards. */
    private static final List<Class<?>> TYPES = List.of(
            AggregationConfigDTO.class, AutoInterval.class, AutoIntervalDTO.class, Average.class, Count.class,
            ElasticsearchQueryString.class, GraylogVersionConstraint.class, LineVisualizationConfigDTO.class, Max.class,
            MessageListConfigDTO.class, MessageListEntity.class, Min.class, PivotEntity.class, PivotSortConfig.class,
            RelativeRange.class, Time.class, TimeHistogramConfigDTO.class, ValueConfigDTO.class, Values.class);

    public static void main(String[] args) throws Exception {
        ObjectMapper mapper = mapper();
        ContentPackV1 pack = (ContentPackV1) mapper.readValue(new File(args[0]), ContentPack.class);
        for (Entity entity : pack.entities()) {
            EntityV1 one = (EntityV1) entity;
            if (one.type().name().equals("stream")) {
                StreamEntity stream = mapper.convertValue(one.data(), StreamEntity.class);
                System.out.println("stream " + stream.title().asString());
            } else {
                ViewEntity view = mapper.convertValue(one.data(), ViewEntity.class);
                int widgets = view.state().values().iterator().next().widgets().size();
                System.out.println("dashboard " + view.title().asString() + ", widgets: " + widgets);
            }
        }
        System.out.println(pack.name() + ": " + pack.entities().size() + " entities read");
    }

    private static ObjectMapper mapper() {
        SimpleModule versions = new SimpleModule();
        versions.addDeserializer(Semver.class, new SemverDeserializer());
        versions.addDeserializer(Requirement.class, new SemverRequirementDeserializer());
        ObjectMapper mapper = new ObjectMapper();
        mapper.setSubtypeResolver(new AutoValueSubtypeResolver());
        mapper.registerModules(new GuavaModule(), new JodaModule(), new Jdk8Module(), new JavaTimeModule(), versions);
        mapper.setPropertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE);
        for (Class<?> type : TYPES) {
            JsonTypeName name = type.getAnnotation(JsonTypeName.class);
            mapper.registerSubtypes(name == null ? new NamedType(type) : new NamedType(type, name.value()));
        }
        return mapper;
    }
}
