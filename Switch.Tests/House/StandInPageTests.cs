using System.Text.Json;
using System.Text.Json.Nodes;

namespace Switch.Tests.House;

/// <summary>Goal: the profile that docs/concepts/stand-in.md shows is the sample's. Method: both as JSON.</summary>
public class StandInPageTests
{
    [Fact]
    public void Page_ItsProfile_IsThatOfTheSample()
    {
        var withComments = new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip };
        string sample = SourceTree.Read("Switch.Host/appsettings.json");
        string page = SourceTree.Read("docs/concepts/stand-in.md");
        string block = page.Split("```json\n")[1].Split("```")[0];

        JsonNode? shipped = JsonNode.Parse(sample, documentOptions: withComments)!["Switch"]!["StandIn"];

        Assert.NotNull(shipped);
        Assert.True(JsonNode.DeepEquals(shipped, JsonNode.Parse(block)), block);
    }
}
